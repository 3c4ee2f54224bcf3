// The kiosk: choose, talk, go. What one person said is gone before the next comes: at the end, and
// after a time in which nobody touches anything (?idle=SECONDS, 60 otherwise). Before that it asks.
// ?queues=NAME,NAME offers only these.

import { Talk } from "./talk.js";
import { languageOf, WORDS } from "./words.js";

const part = (id) => document.getElementById(id);
const [status, choices, log, send, text, done, still, left, languages] =
  ["status", "choices", "log", "send", "text", "done", "still", "left", "languages"].map(part);
const asked = new URLSearchParams(location.search);
const idle = Number(asked.get("idle") ?? 60) * 1000;
const offered = asked.get("queues")?.split(",");
/** How long it asks whether somebody is there. */
const warning = Math.min(15000, idle / 2);
const HOME = languageOf(document.documentElement.lang);
let words = WORDS[HOME];
let talk = null;
let timer = 0;
let standing = "";

/** Everything in that language. */
function speak(language) {
  words = WORDS[language];
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-say]")) {
    element.textContent = words[element.dataset.say];
  }
  for (const button of languages.children) {
    button.setAttribute("aria-pressed", String(button.lang === language));
  }
  log.setAttribute("aria-label", words.log);
  if (!talk) tell(words.touch);
}

function tell(line) {
  status.classList.toggle("talk", talk !== null);
  status.hidden = !line;
  if (status.textContent !== line) status.textContent = line;
}

/** As it is for whoever comes next. */
function clear() {
  talk?.leave();
  talk = null;
  clearTimeout(timer);
  if (still.open) still.close();
  log.replaceChildren();
  text.value = standing = "";
  log.hidden = send.hidden = done.hidden = true;
  choices.hidden = false;
  speak(HOME);
}

function touched() {
  if (still.open) return;
  clearTimeout(timer);
  const chosen = talk || document.documentElement.lang !== HOME;
  if (chosen) timer = setTimeout(asks, idle - warning);
}

/** Is somebody there? Counts down, and clears. */
function asks() {
  if (!talk) return clear();
  const ends = Date.now() + warning;
  const tick = () => {
    const seconds = Math.ceil((ends - Date.now()) / 1000);
    if (seconds <= 0) return clear();
    left.textContent = words.clears(seconds);
    timer = setTimeout(tick, 200);
    return undefined;
  };
  still.showModal();
  part("here").focus();
  return tick();
}

function stays() {
  still.close();
  touched();
  text.focus();
}

function place({ position, expected_wait_ms: wait }) {
  const line = position ? words.place(position) : "";
  return `${line} ${wait === null ? words.unknown : words.wait(wait)}`.trim();
}

function add(by, line) {
  const said = document.createElement("li");
  said.className = by;
  said.textContent = line;
  log.append(said);
  log.scrollTop = log.scrollHeight;
}

function happened(event) {
  switch (event.type) {
    case "place": return tell((standing = place(event)));
    case "agent_joined": return tell((standing = words.joined));
    case "waiting": return tell((standing = words.waiting));
    case "typing": return tell(words.typing);
    case "offline": return tell(words.offline);
    case "online": return tell(standing || words.unknown);
    case "message":
      add(event.by, event.text);
      tell(standing);
      return event.by === "agent" ? touched() : undefined;
    case "ended":
      tell(words.ended);
      send.hidden = true;
      clearTimeout(timer);
      if (still.open) still.close();
      timer = setTimeout(clear, Math.min(idle, 10000));
      return undefined;
    default: return undefined;
  }
}

async function choose(queue) {
  choices.hidden = true;
  talk = new Talk("", happened);
  const begun = talk;
  try {
    tell(words.unknown);
    await talk.begin({ queue, channel: "kiosk", language: document.documentElement.lang });
    if (talk !== begun) return;
    log.hidden = send.hidden = done.hidden = false;
    text.focus();
    touched();
  } catch (error) {
    clear();
    tell(words.failed + error.message);
  }
}

send.addEventListener("submit", async (event) => {
  event.preventDefault();
  const line = text.value;
  text.value = "";
  try {
    await talk.say(line);
  } catch (error) {
    text.value = line;
    tell(words.failed + error.message);
  }
});
text.addEventListener("input", () => {
  if (Date.now() - (text.typed ?? 0) < 4000) return;
  text.typed = Date.now();
  talk?.typing();
});
for (const button of [done, part("gone")]) button.addEventListener("click", clear);
part("here").addEventListener("click", stays);
still.addEventListener("cancel", (event) => {
  event.preventDefault();
  stays();
});
for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, touched);

for (const [language, { name }] of Object.entries(WORDS)) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: name });
  button.lang = language;
  button.addEventListener("click", () => {
    speak(language);
    touched();
  });
  languages.append(button);
}
speak(HOME);

const { queues } = await (await fetch("/v1/queues")).json();
for (const { queue, title } of queues.filter(({ queue }) => offered?.includes(queue) ?? true)) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: title });
  button.addEventListener("click", () => choose(queue));
  choices.append(button);
}
