// One contact on the desk: the conversation or the call's controls, transfer, and wrap-up.

import { button, CHANNELS, clock, facts, make, writes } from "./parts.js";

let number = 0;

const ends = (channel) => ({ voice: "End call", callback: "End call", email: "Close", web: "Close" })[channel] ?? "End chat";

/** A contact; `desk` asks the server, knows names, and is told what changes. */
export class Contact {
  constructor(desk, row) {
    Object.assign(this, { desk, row: {}, state: "connected", unread: 0, heard: new Set(), typed: 0 });
    this.own = `contact-${(number += 1)}`;
    this.build(row, writes(row.channel));
    this.update(row);
  }

  get id() {
    return this.row.contact;
  }

  get who() {
    return this.row.name || this.row.from || (writes(this.row.channel) ? "Resident" : "Caller");
  }

  build(row, chats) {
    this.title = make("h2", { id: `${this.own}-title` });
    this.told = make("p", { className: "told", attrs: { role: "status" } });
    this.facts = make("div");
    this.log = make("ol", { className: "log", tabIndex: 0, hidden: !chats, attrs: { "aria-live": "polite", "aria-label": "Conversation" } });
    this.lasts = make("b", { className: "clock" });
    this.lineIs = make("span");
    this.line = make("div", { className: "line", hidden: chats }, this.lasts, this.lineIs);
    this.buildMessage(chats);
    this.buildTransfer();
    this.buildWrap();
    this.holds = button("Hold", "plain", () => this.hold());
    this.moves = button("Transfer", "plain", () => this.openTransfer());
    this.moves.setAttribute("aria-expanded", "false");
    const end = button(ends(row.channel), "no", () => this.end());
    const failed = button("No answer", "plain", () => this.desk.ask("contact.callback_failed", { contact: this.id }));
    this.missed = failed;
    this.controls = make("div", { className: "controls" }, this.holds, this.moves, failed, end);
    if (chats) this.holds.hidden = true;
    this.main = make("div", { className: "talk" }, this.line, this.log, this.told, this.message, this.transfer, this.wrap);
    this.card = make("article", { className: "contact", hidden: true, attrs: { "aria-labelledby": `${this.own}-title` } },
      make("header", {}, this.title, this.controls), this.main,
      make("details", { className: "about", open: matchMedia("(min-width: 821px)").matches }, make("summary", { textContent: "About this contact" }), this.facts));
    this.tab = button("", "tab", () => this.desk.select(this));
  }

  buildMessage(chats) {
    this.text = make("textarea", { rows: 2, maxLength: 4000, required: true, placeholder: "Write to the resident…" });
    this.message = make("form", { className: "message", hidden: !chats },
      make("label", {}, make("span", { className: "quiet", textContent: "Message" }), this.text), make("button", { textContent: "Send" }));
    this.message.addEventListener("submit", (event) => this.say(event));
    this.text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.message.requestSubmit();
    });
    this.text.addEventListener("input", () => {
      if (Date.now() - this.typed < 4000) return;
      this.typed = Date.now();
      this.desk.quietly("contact.typing", { contact: this.id });
    });
  }

  buildTransfer() {
    this.find = make("input", { type: "search", autocomplete: "off", placeholder: "Department, topic or agent" });
    this.places = make("div", { className: "places", attrs: { role: "radiogroup", "aria-label": "Where to" } });
    this.note = make("p", { className: "told" });
    const cancel = button("Cancel", "plain", () => this.closeTransfer());
    this.transfer = make("form", { className: "transfer", hidden: true },
      make("label", {}, "Transfer to", this.find), this.places, this.note,
      make("div", { className: "controls" }, cancel, make("button", { textContent: "Transfer" })));
    this.find.addEventListener("input", () => this.search());
    this.transfer.addEventListener("keydown", (event) => event.key === "Escape" && this.closeTransfer());
    this.transfer.addEventListener("submit", (event) => this.goOn(event));
  }

  buildWrap() {
    this.left = make("b", { className: "clock" });
    this.came = make("select");
    this.choice = make("label", {}, "What came of it", this.came);
    this.remark = make("input", { maxLength: 120, autocomplete: "off" });
    this.remarkIs = make("span");
    const more = button("One more minute", "plain", () => this.desk.ask("agent.wrap_extend", { contact: this.id, ms: 60000 }));
    this.wrap = make("form", { className: "wrap", hidden: true },
      make("h3", {}, "Wrap-up ", this.left),
      this.choice, make("label", {}, this.remarkIs, this.remark),
      make("div", { className: "controls" }, more, make("button", { textContent: "Done" })));
    this.wrap.addEventListener("submit", (event) => this.done(event));
  }

  /** Takes over what the server knows. */
  update(row) {
    this.row = { ...this.row, ...row };
    const { channel, queue } = this.row;
    this.title.replaceChildren(this.who, make("small", { textContent: `${CHANNELS[channel] ?? channel} · ${this.desk.title(queue)} · ${this.id}` }));
    this.facts.replaceChildren(facts(this.row, this.desk.titles, this.desk.skills));
    this.missed.hidden = channel !== "callback";
    this.since ??= Date.now();
    this.show();
  }

  /** The tab, as the contact stands. */
  show() {
    this.line.classList.toggle("held", Boolean(this.row.held));
    this.lineIs.textContent = this.row.held ? "On hold: the caller hears music" : "On the line";
    const states = { parked: "set aside", wrap_up: "wrap-up", held: "on hold" };
    const state = states[this.row.held && this.state === "connected" ? "held" : this.state] ?? "";
    const told = [CHANNELS[this.row.channel] ?? this.row.channel, this.desk.title(this.row.queue), state].filter(Boolean);
    this.tab.className = `tab ${this.state}${this.unread ? " unread" : ""}`;
    this.clock = make("span", { className: "clock" });
    this.tab.replaceChildren(make("b", { textContent: this.who }), make("small", { textContent: told.join(" · ") }),
      make("span", { className: "side" }, this.clock, ...(this.unread ? [make("span", { className: "count", textContent: `${this.unread} new` })] : [])));
    this.tick();
  }

  tick() {
    const left = this.until ? this.until - Date.now() : 0;
    this.clock.textContent = clock(this.until ? left : Date.now() - this.since);
    this.lasts.textContent = clock(Date.now() - this.since);
    if (this.until) this.left.textContent = clock(left);
  }

  selected(yes) {
    this.card.hidden = !yes;
    this.tab.setAttribute("aria-current", String(yes));
    if (!yes) return;
    this.unread = 0;
    this.show();
    this.log.scrollTop = this.log.scrollHeight;
  }

  tell(line) {
    this.told.textContent = line;
  }

  hears({ by, text, typing, id, ts }) {
    if (typing) {
      clearTimeout(this.quiet);
      this.quiet = setTimeout(() => this.tell(""), 6000);
      return this.tell(`${this.who} is writing…`);
    }
    const key = id ?? ts;
    if (this.heard.has(key)) return undefined;
    this.heard.add(key);
    this.add(by, text, by === "agent" ? "You" : this.who);
    if (by !== "resident") return undefined;
    clearTimeout(this.quiet);
    this.tell("");
    if (this.card.hidden) this.unread += 1;
    return this.show();
  }

  add(by, text, who) {
    this.log.append(make("li", { className: by }, make("b", { textContent: who }), text));
    this.log.scrollTop = this.log.scrollHeight;
  }

  async say(event) {
    event.preventDefault();
    const text = this.text.value.trim();
    if (!text) return;
    const id = `${this.own}-${Date.now()}-${Math.random().toString(36).slice(2)}`;
    this.text.value = "";
    if (await this.desk.ask("contact.message", { contact: this.id, text, id })) this.hears({ by: "agent", text, id });
    else this.text.value = text;
  }

  async hold() {
    const method = this.row.held ? "contact.unhold" : "contact.hold";
    if (!(await this.desk.ask(method, { contact: this.id }))) return;
    this.held(!this.row.held);
  }

  held(yes) {
    this.row.held = yes;
    this.holds.textContent = yes ? "Resume" : "Hold";
    this.holds.setAttribute("aria-pressed", String(yes));
    this.show();
  }

  end() {
    this.desk.ask("contact.end", { contact: this.id, cause: "completed" });
  }

  openTransfer() {
    if (!this.transfer.hidden) return this.closeTransfer();
    this.transfer.hidden = false;
    this.moves.setAttribute("aria-expanded", "true");
    this.find.value = "";
    this.search();
    return this.find.focus();
  }

  closeTransfer() {
    this.transfer.hidden = true;
    this.moves.setAttribute("aria-expanded", "false");
    this.moves.focus();
  }

  /** Places of the directory, then queues by name, then whoever was typed as an agent. */
  async search() {
    const find = this.find.value.trim();
    const { places = [], more = 0 } = (await this.desk.quietly("directory", { find })) ?? {};
    if (find !== this.find.value.trim()) return;
    const known = places.map((place) => ({
      to: place.queue ? { queue: place.queue } : { outside: place.number },
      title: place.title,
      about: [place.queue ? "" : place.number, place.immediate ? "at once" : "", place.open ? "" : "closed", place.changes ?? ""],
      shut: !place.open,
    }));
    const listed = new Set(places.map(({ queue }) => queue));
    const words = find.toLowerCase();
    const queues = Object.entries(this.desk.titles).filter(([queue, title]) =>
      !listed.has(queue) && queue !== this.row.queue && `${queue} ${title}`.toLowerCase().includes(words));
    const others = queues.map(([queue, title]) => ({ to: { queue }, title, about: [queue === title ? "" : queue] }));
    const person = find && !/\s/.test(find) ? [{ to: { agent: find }, title: `Agent ${find}`, about: ["in person"] }] : [];
    this.found = [...known, ...others, ...person];
    this.places.replaceChildren(...this.found.map((place, index) => this.place(place, index)));
    this.note.textContent = more ? `${more} more: write another word.` : "";
  }

  place({ title, about, shut }, index) {
    const choice = make("input", { type: "radio", name: `${this.own}-to`, value: String(index), required: true });
    return make("label", { className: shut ? "shut" : "" }, choice, make("span", { textContent: title }),
      make("small", { textContent: about.filter(Boolean).join(" · ") }));
  }

  async goOn(event) {
    event.preventDefault();
    const chosen = this.found[Number(new FormData(this.transfer).get(`${this.own}-to`))];
    if (await this.desk.ask("contact.transfer", { contact: this.id, to: chosen.to })) {
      this.transfer.hidden = true;
      this.desk.say(`${this.who} goes on to ${chosen.title}.`);
    }
  }

  /** What may have come of it: one of its queue's list, or whatever is written. */
  asksWhatCame() {
    const list = this.desk.dispositions(this.row.queue);
    const shown = (value) => value[0].toUpperCase() + value.slice(1);
    this.came.replaceChildren(make("option", { value: "", textContent: "Choose…" }),
      ...list.map((value) => make("option", { value, textContent: shown(value) })));
    this.choice.hidden = list.length === 0;
    this.came.required = list.length > 0;
    this.remarkIs.textContent = list.length ? "Note (optional)" : "What came of it";
  }

  wrapUp(until) {
    if (this.state !== "wrap_up") this.asksWhatCame();
    this.state = "wrap_up";
    this.until = until;
    this.tell("");
    this.message.hidden = this.controls.hidden = this.transfer.hidden = this.line.hidden = true;
    this.wrap.hidden = false;
    this.show();
    if (!this.card.hidden) (this.choice.hidden ? this.remark : this.came).focus();
  }

  done(event) {
    event.preventDefault();
    const disposition = [this.came.value, this.remark.value.trim()].filter(Boolean).join(": ");
    this.desk.ask("agent.wrap_done", { contact: this.id, disposition });
  }

  remove() {
    this.card.remove();
    this.tab.remove();
  }
}
