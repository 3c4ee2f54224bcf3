// The kiosk: choose, talk, go. What one person said is gone before the next comes: at the end, and
// after a time in which nobody touches anything (?idle=SECONDS, 60 otherwise).

import { Talk } from "./talk.js";

const part = (id) => document.getElementById(id);
const [status, choices, log, send, text, done] =
  ["status", "choices", "log", "send", "text", "done"].map(part);
const idle = Number(new URLSearchParams(location.search).get("idle") ?? 60) * 1000;
const WELCOME = status.textContent;
let talk = null;
let timer = 0;

function clear() {
  talk?.leave();
  talk = null;
  clearTimeout(timer);
  log.replaceChildren();
  text.value = "";
  status.textContent = WELCOME;
  log.hidden = send.hidden = done.hidden = true;
  choices.hidden = false;
}

function touched() {
  clearTimeout(timer);
  if (talk) timer = setTimeout(clear, idle);
}

function happened(event) {
  switch (event.type) {
    case "place": {
      const wait = event.expected_wait_ms;
      const long = wait === null ? "" : ` About ${Math.max(1, Math.round(wait / 60000))} min.`;
      status.textContent = `You are number ${event.position ?? 1} in line.${long}`;
      break;
    }
    case "agent_joined": status.textContent = "Somebody is with you now."; break;
    case "waiting": status.textContent = "You are being connected to another department."; break;
    case "offline": status.textContent = "No connection. Trying again…"; break;
    case "message": {
      const line = document.createElement("li");
      line.className = event.by;
      line.textContent = event.text;
      log.append(line);
      log.scrollTop = log.scrollHeight;
      if (event.by === "agent") touched();
      break;
    }
    case "ended":
      status.textContent = "Thank you. Goodbye.";
      send.hidden = true;
      timer = setTimeout(clear, Math.min(idle, 10000));
      break;
    default:
  }
}

async function choose(queue) {
  choices.hidden = true;
  talk = new Talk("", happened);
  try {
    await talk.begin({ queue, channel: "kiosk" });
    log.hidden = send.hidden = done.hidden = false;
    text.focus();
    touched();
  } catch (error) {
    clear();
    status.textContent = error.message;
  }
}

send.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await talk.say(text.value);
    text.value = "";
  } catch (error) {
    status.textContent = error.message;
  }
});
done.addEventListener("click", clear);
for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, touched);

const { queues } = await (await fetch("/v1/queues")).json();
for (const { queue, title } of queues) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = title;
  button.addEventListener("click", () => choose(queue));
  choices.append(button);
}
