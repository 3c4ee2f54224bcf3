// The widget: <script type="module" src="https://311.city.example/widget.js" data-queue="chat"></script>
// A button and a panel in a shadow root, so that neither the site's style nor its scripts mix with it.
// Text is only ever set as text.

import { Talk } from "./talk.js";
import { languageOf, WORDS } from "./words.js";

const STYLE = `
:host { all: initial; }
* { box-sizing: border-box; font: 16px/1.45 system-ui, -apple-system, "Segoe UI", sans-serif; letter-spacing: normal; }
[hidden] { display: none !important; }
button { min-height: 44px; padding: 8px 18px; border: 0; border-radius: 22px; background: #0a5796; color: #fff; font-weight: 600; cursor: pointer; }
button:hover { background: #084477; }
button.plain { background: #fff; color: #0a4a80; border: 1px solid #7d93a8; font-weight: 500; }
button.plain:hover { background: #eaf2f9; }
:focus-visible { outline: 3px solid #c75000; outline-offset: 2px; }
svg { display: block; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.open { position: fixed; right: 20px; bottom: 20px; z-index: 2147483646; display: flex; gap: 10px; align-items: center;
  min-height: 56px; padding: 8px 24px 8px 18px; border-radius: 28px; box-shadow: 0 6px 20px #0b2a4559; }
.open .unread { padding: 2px 10px; border-radius: 12px; background: #fff; color: #8f1d14; font-size: 14px; }
.panel { position: fixed; right: 20px; bottom: 20px; z-index: 2147483647; width: min(392px, calc(100vw - 24px));
  height: min(620px, calc(100vh - 32px)); display: flex; flex-direction: column; overflow: hidden; background: #f4f7fa;
  color: #16222e; border-radius: 16px; box-shadow: 0 12px 40px #0b2a4566; animation: rise .18s ease-out; }
@keyframes rise { from { transform: translateY(12px); } }
header { display: flex; align-items: center; gap: 8px; padding: 12px 10px 12px 18px; background: #0a5796; color: #fff; }
h2 { flex: 1; margin: 0; font-weight: 650; font-size: 18px; }
header select { min-height: 44px; max-width: 118px; padding: 4px 8px; border: 1px solid #ffffff8c; border-radius: 10px; background: #084a80; color: #fff; }
header button { width: 44px; padding: 10px; border-radius: 12px; background: #0a5796; }
header :focus-visible { outline-color: #fff; outline-offset: 0; }
.start { flex: 1; display: flex; flex-direction: column; gap: 14px; padding: 20px 18px; overflow-y: auto; }
.start h3 { margin: 0; font-size: 22px; font-weight: 650; line-height: 1.25; }
.start p { margin: -8px 0 2px; color: #43566a; }
label { display: flex; flex-direction: column; gap: 5px; font-weight: 600; font-size: 15px; }
input, textarea { width: 100%; padding: 10px 12px; border: 1px solid #6f8599; border-radius: 10px; background: #fff; color: #16222e; resize: none; }
.status { margin: 0; padding: 10px 18px; background: #dcebf7; color: #0b2f4e; font-weight: 550; border-bottom: 1px solid #bcd6ea; }
.status.bad { background: #fdecd8; color: #6b3000; border-color: #f0c48c; }
.request { padding: 10px 18px; background: #fff; border-bottom: 1px solid #d3dee8; font-size: 15px; }
.request b { font-weight: 650; }
.request p { margin: 2px 0 0; overflow-wrap: anywhere; }
.request p.when { color: #43566a; font-size: 14px; }
.log { flex: 1; overflow-y: auto; margin: 0; padding: 14px 16px; list-style: none; display: flex; flex-direction: column; gap: 8px; }
.log li { max-width: 84%; padding: 9px 13px; border-radius: 14px; overflow-wrap: anywhere; white-space: pre-wrap; }
.log li.agent { align-self: flex-start; background: #fff; border: 1px solid #d3dee8; border-bottom-left-radius: 4px; }
.log li.resident { align-self: flex-end; background: #0a5796; color: #fff; border-bottom-right-radius: 4px; }
.log li.unsent { background: #4c647a; }
.log li.note { align-self: center; max-width: 100%; padding: 2px 12px; color: #43566a; font-size: 14px; text-align: center; }
.log li b { display: block; font-size: 13px; font-weight: 650; }
.log li small { display: block; font-size: 13px; }
.send { display: grid; grid-template-columns: 1fr auto; gap: 8px; align-items: end; padding: 10px 12px 12px; background: #fff; border-top: 1px solid #d3dee8; }
.send .leave { grid-column: 1 / -1; justify-self: center; min-height: 36px; padding: 4px 16px; font-size: 14px; }
.send label span, .start label.quiet span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.send button.go { width: 48px; min-height: 48px; padding: 12px; }
.over { padding: 14px 18px 18px; display: flex; background: #fff; border-top: 1px solid #d3dee8; }
.over button { flex: 1; }
@media (max-width: 480px) { .panel { left: 0; right: 0; bottom: 0; width: auto; height: 100dvh; border-radius: 0; } }
@media (prefers-reduced-motion: reduce) { .panel { animation: none; } }
`;

const ICONS = {
  chat: "M21 12a8 8 0 0 1-8 8H4l2-3.2A8 8 0 1 1 21 12Z",
  down: "M6 9l6 6 6-6",
  send: "M4 12l16-8-5 16-3.5-6.5zM11.5 13.5L20 4",
};

/** An element with properties and children. */
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", width: 24, height: 24, "aria-hidden": true })) {
    svg.setAttribute(key, value);
  }
  svg.appendChild(document.createElementNS(space, "path")).setAttribute("d", ICONS[name]);
  return svg;
}

/** What a tab remembers, so that the conversation goes on over the pages of a site. */
const kept = {
  key: "acd-inquiry",
  get: () => JSON.parse(sessionStorage.getItem(kept.key) ?? "null"),
  set: ({ path, secret }) => sessionStorage.setItem(kept.key, JSON.stringify({ path, secret })),
  drop: () => sessionStorage.removeItem(kept.key),
};

class Widget {
  constructor({ base, queue, language }) {
    Object.assign(this, { base, queue, talk: null, unread: 0, typed: 0 });
    this.host = document.body.appendChild(document.createElement("div"));
    const root = this.host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    this.build(root);
    this.speak(languageOf(language));
    this.listen();
    const before = kept.get();
    if (before) {
      this.talk = Talk.again(base, (event) => this.happened(event), before);
      this.talking();
    }
  }

  build(root) {
    this.badge = make("span", { className: "unread", hidden: true });
    this.open = make("button", { type: "button", className: "open" }, icon("chat"), this.say("open"), this.badge);
    this.close = make("button", { type: "button" }, icon("down"));
    const languages = Object.entries(WORDS).map(([value, { name }]) => make("option", { value, textContent: name }));
    this.language = make("select", {}, ...languages);
    this.title = this.say("title", "h2", { id: "title" });
    this.status = make("p", { className: "status", hidden: true });
    this.status.setAttribute("role", "status");
    this.request = make("div", { className: "request", hidden: true });
    this.request.setAttribute("role", "status");
    this.log = make("ol", { className: "log", hidden: true, tabIndex: 0 });
    this.log.setAttribute("aria-live", "polite");
    this.name = make("input", { name: "name", maxLength: 100, autocomplete: "name" });
    this.question = make("textarea", { name: "text", rows: 4, maxLength: 1000, required: true });
    this.reference = make("input", { name: "reference", maxLength: 64, autocomplete: "off" });
    this.start = make("form", { className: "start" }, this.say("hello", "h3"), this.say("promise", "p"),
      make("label", {}, this.say("ask"), this.question), make("label", {}, this.say("yourName"), this.name),
      make("label", {}, this.say("reference"), this.reference), this.say("start", "button"));
    this.text = make("textarea", { name: "message", rows: 1, maxLength: 1000, required: true });
    this.leave = this.say("leave", "button", { type: "button", className: "plain leave" });
    this.go = make("button", { className: "go" }, icon("send"));
    this.send = make("form", { className: "send", hidden: true },
      make("label", {}, this.say("message"), this.text), this.go, this.leave);
    this.again = this.say("again", "button", { type: "button" });
    this.after = make("div", { className: "over", hidden: true }, this.again);
    this.panel = make("section", { className: "panel", hidden: true },
      make("header", {}, this.title, this.language, this.close),
      this.status, this.request, this.start, this.log, this.send, this.after);
    this.panel.setAttribute("role", "dialog");
    this.panel.setAttribute("aria-labelledby", "title");
    root.append(this.open, this.panel);
  }

  /** An element that says a word of the resident's language, whichever that becomes. */
  say(word, tag = "span", properties = {}) {
    const element = make(tag, properties);
    (this.said ??= []).push([element, word]);
    return element;
  }

  /** Everything in that language. */
  speak(language) {
    this.words = WORDS[language];
    this.host.lang = this.language.value = language;
    for (const [element, word] of this.said) element.textContent = this.words[word];
    this.close.setAttribute("aria-label", this.words.close);
    this.language.setAttribute("aria-label", this.words.language);
    this.log.setAttribute("aria-label", this.words.log);
    this.go.setAttribute("aria-label", this.words.send);
    this.text.placeholder = this.words.hint;
    if (this.stands) this.shows(this.stands);
  }

  listen() {
    this.open.addEventListener("click", () => this.show());
    this.close.addEventListener("click", () => this.hide());
    this.language.addEventListener("change", () => this.speak(this.language.value));
    this.panel.addEventListener("keydown", (event) => event.key === "Escape" && this.hide());
    this.start.addEventListener("submit", (event) => this.begin(event));
    this.send.addEventListener("submit", (event) => this.speaks(event));
    this.leave.addEventListener("click", async () => {
      await this.talk.leave();
      this.happened({ type: "ended" });
    });
    this.again.addEventListener("click", () => this.reset());
    this.text.addEventListener("input", () => this.writes());
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.send.requestSubmit();
      }
    });
  }

  show() {
    this.panel.hidden = false;
    this.open.hidden = true;
    this.count(0);
    this.bottom();
    if (!this.start.hidden) this.question.focus();
    else if (!this.send.hidden) this.text.focus();
    else this.again.focus();
  }

  hide() {
    this.panel.hidden = true;
    this.open.hidden = false;
    this.open.focus();
  }

  count(unread) {
    this.unread = unread;
    this.badge.hidden = unread === 0;
    this.badge.textContent = this.words.unread(unread);
  }

  async begin(event) {
    event.preventDefault();
    this.talk ??= new Talk(this.base, (event) => this.happened(event));
    try {
      const asked = { queue: this.queue, text: this.question.value, language: this.host.lang };
      if (this.name.value) asked.name = this.name.value;
      if (this.reference.value.trim()) asked.reference = this.reference.value.trim();
      await this.talk.begin(asked);
      kept.set(this.talk);
      this.question.value = this.reference.value = "";
      this.talking();
      this.text.focus();
    } catch (error) {
      this.talk = null;
      this.tell(this.words.failed + error.message, true);
    }
  }

  talking() {
    this.start.hidden = this.after.hidden = true;
    this.log.hidden = this.send.hidden = false;
  }

  reset() {
    this.talk = this.stands = null;
    this.request.hidden = true;
    this.log.replaceChildren();
    this.tell("");
    this.start.hidden = false;
    this.log.hidden = this.send.hidden = this.after.hidden = true;
    this.question.focus();
  }

  /** Shown at once; until it has left it says so. */
  async speaks(event) {
    event.preventDefault();
    const line = this.text.value.trim();
    if (!line) return;
    this.text.value = "";
    this.text.rows = 1;
    this.text.focus();
    const unsent = this.add("resident unsent", this.words.you, line);
    unsent.append(make("small", { textContent: this.words.sending }));
    try {
      await this.talk.say(line);
      unsent.remove();
    } catch (error) {
      unsent.remove();
      this.text.value = line;
      this.tell(this.words.failed + error.message, true);
    }
  }

  writes() {
    this.text.rows = Math.min(4, this.text.value.split("\n").length);
    if (Date.now() - this.typed > 4000) {
      this.typed = Date.now();
      this.talk?.typing();
    }
  }

  tell(line, bad = false) {
    this.status.hidden = !line;
    this.status.classList.toggle("bad", bad);
    if (this.status.textContent !== line) this.status.textContent = line;
  }

  add(kind, who, line) {
    const said = make("li", { className: kind });
    if (who) said.append(make("b", { textContent: who }));
    said.append(line);
    this.log.append(said);
    this.bottom();
    return said;
  }

  bottom() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  place({ position, expected_wait_ms: wait }) {
    const place = position ? this.words.place(position) : "";
    return `${place} ${wait === null ? this.words.unknown : this.words.wait(wait)}`.trim();
  }

  /** How an earlier request stands, as the city's system says it. */
  shows(stands) {
    this.stands = stands;
    const { reference = "", status, service, note, updated, expected } = stands;
    const day = (text, words) => {
      const date = new Date(text ?? "");
      return Number.isNaN(date.getTime()) ? "" : words(date.toLocaleDateString(this.host.lang, { dateStyle: "long" }));
    };
    const state = this.words.statuses[status] ?? status;
    const when = [status === "open" ? day(expected, this.words.expected) : "", day(updated, this.words.updated)];
    const line = (textContent, className) => make("p", { textContent, className, hidden: !textContent });
    this.request.replaceChildren(make("b", { textContent: `${this.words.request(reference)}: ${state}` }),
      line([service, note].filter(Boolean).join(". "), ""), line(when.filter(Boolean).join(" "), "when"));
    this.request.hidden = false;
    this.bottom();
  }

  happened(event) {
    switch (event.type) {
      case "request": return this.shows(event);
      case "place": return this.tell((this.standing = this.place(event)));
      case "agent_joined":
        this.tell((this.standing = ""));
        return this.add("note", "", this.words.joined);
      case "typing":
        clearTimeout(this.quiet);
        this.quiet = setTimeout(() => this.tell(this.standing), 6000);
        return this.tell(this.words.typing);
      case "waiting":
        this.add("note", "", this.words.waiting);
        return this.tell((this.standing = this.words.unknown));
      case "offline": return this.tell(this.words.offline, true);
      case "online": return this.tell(this.standing ?? "");
      case "gap": return this.add("note", "", this.words.gap);
      case "message": return this.hears(event);
      case "ended":
        kept.drop();
        this.tell((this.standing = this.words.ended));
        this.send.hidden = true;
        this.after.hidden = false;
        if (this.panel.hidden) return undefined;
        return this.again.focus();
      default: return undefined;
    }
  }

  hears({ by, text }) {
    const own = by === "resident";
    this.add(own ? "resident" : "agent", own ? this.words.you : this.words.agent, text);
    if (own) return;
    clearTimeout(this.quiet);
    this.tell(this.standing);
    if (this.panel.hidden) this.count(this.unread + 1);
  }
}

/** The widget, at the end of the page. */
export const widget = (settings) => new Widget(settings).host;

const script = document.querySelector("script[type=module][src*='/widget.js'][data-queue]");
if (script) {
  const language = script.dataset.language ?? document.documentElement.lang;
  widget({ base: new URL(script.src).origin, queue: script.dataset.queue, language });
}
