// An offer on the desk: what it is, why it comes here, how long it stands, and the two answers.

import { button, CHANNELS, facts, make } from "./parts.js";

export class Offer {
  constructor(desk, event) {
    Object.assign(this, { desk, event, row: {} });
    this.length = event.deadline_ms;
    this.ends = Date.now() + event.deadline_ms;
    this.clock = make("span", { className: "clock", attrs: { "aria-hidden": "true" } });
    this.bar = make("i");
    this.heading = make("h2");
    this.facts = make("div");
    const answer = event.answer_by === "device"
      ? [make("p", { className: "rings", textContent: "Your telephone rings: answer there." })]
      : [button("Accept", "yes", () => desk.ask("offer.accept", { offer: event.offer }))];
    this.card = make("article", { className: "offer" },
      make("div", { className: "bar", attrs: { "aria-hidden": "true" } }, this.bar),
      make("header", {}, this.heading, this.clock), this.facts,
      make("div", { className: "controls" }, ...answer,
        button("Reject", "no", () => desk.ask("offer.reject", { offer: event.offer }))));
    this.update({});
    this.tick();
  }

  update(row) {
    this.row = { ...this.row, ...row };
    const channel = CHANNELS[this.event.channel] ?? this.event.channel;
    this.heading.textContent = `${channel} for ${this.desk.title(this.event.queue)}`;
    if (this.row.name) this.heading.append(make("small", { textContent: this.row.name }));
    this.facts.replaceChildren(facts(this.row, this.desk.titles, this.desk.skills));
  }

  tick() {
    const left = Math.max(0, this.ends - Date.now());
    this.clock.textContent = `${Math.ceil(left / 1000)} s`;
    this.bar.style.width = `${Math.min(100, (100 * left) / this.length)}%`;
  }

  remove() {
    this.card.remove();
  }
}
