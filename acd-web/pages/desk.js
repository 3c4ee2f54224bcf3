// The agent's desk: signs in, follows the agent's events over /ws, and shows offers and contacts.
// The token stays in this page's memory; text is only ever set as text.

import { Contact } from "./contact.js";
import { Link } from "./link.js";
import { Offer } from "./offer.js";
import { CHANNELS, make } from "./parts.js";

const part = (id) => document.getElementById(id);

class Desk {
  constructor() {
    Object.assign(this, { titles: {}, skills: {}, choices: {}, contacts: new Map(), offers: new Map(), chosen: null });
    part("sign-in").addEventListener("submit", (event) => this.signIn(event));
    part("state").addEventListener("change", () => this.wants());
    part("sign-out").addEventListener("click", async () => {
      if (await this.ask("agent.logout")) location.reload();
    });
    addEventListener("keydown", (event) => this.shortcut(event));
    setInterval(() => this.tick(), 500);
  }

  title(queue) {
    return this.titles[queue] ?? queue;
  }

  /** What may come of a contact of that queue; none where any text may. */
  dispositions(queue) {
    return this.choices.queue_dispositions?.[queue] ?? this.choices.dispositions ?? [];
  }

  say(line, bad = false) {
    part("told").textContent = line;
    part("told").classList.toggle("bad", bad);
  }

  /** Asks, and says what went wrong where something did. */
  async ask(method, params) {
    try {
      this.say("");
      return (await this.link.ask(method, params)) ?? true;
    } catch (error) {
      this.say(error.near ? `${error.message}: ${error.near}?` : error.message, true);
      return null;
    }
  }

  /** Asks; nobody misses the answer. */
  quietly(method, params) {
    return this.link.ask(method, params).catch(() => null);
  }

  async connect(place) {
    const made = new Link(
      (method, params) => this.told(method, params),
      () => this.link === made && this.again(),
    );
    const said = await made.hello(this.agent, this.token, place);
    this.link = made;
    // Where the configuration is replaced, there may be other things to choose.
    this.quietly("subscribe", { topics: ["config"] });
    return said;
  }

  async signIn(event) {
    event.preventDefault();
    const why = part("sign-in").querySelector("[role=alert]");
    [this.agent, this.token] = [part("agent").value.trim(), part("token").value.trim()];
    // Without a telephone no calls come; which one it is, the server's front end knows.
    const device = part("device").value.trim();
    this.login = device ? { device } : {};
    try {
      why.textContent = "";
      const { city } = await this.connect();
      const state = await this.link.ask("agent.login", this.login);
      part("city").textContent = city;
      part("who").textContent = this.agent;
      part("door").remove();
      part("top").hidden = part("main").hidden = false;
      await this.refresh();
      this.stands(state);
      part("state").focus();
    } catch (error) {
      this.link = null;
      why.textContent = error.message;
    }
  }

  /** The line broke: it comes back, and what was missed with it. */
  async again() {
    document.body.classList.add("offline");
    const place = this.link.place;
    for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
      this.say("No connection. Trying again…", true);
      await new Promise((resolve) => setTimeout(resolve, wait));
      try {
        await this.connect(place);
        this.stands(await this.link.ask("agent.login", this.login));
        await this.refresh();
        document.body.classList.remove("offline");
        return this.say("Connected again.");
      } catch {
        // Tried again above.
      }
    }
  }

  /** Everything from the server's present state: after signing in, and after a gap. */
  async refresh() {
    const of = ["contacts", "agents", "choices"];
    const { contacts, agents: [own], choices } = await this.link.ask("snapshot", { of });
    this.choices = choices;
    this.titles = choices.titles;
    this.skills = own.skills;
    const state = part("state");
    const reasons = choices.reasons.map((reason) => make("option", { value: reason, textContent: `Not ready: ${reason}` }));
    state.replaceChildren(make("option", { value: "ready", textContent: "Ready" }),
      make("option", { value: "not_ready", textContent: "Not ready" }), ...reasons);
    this.stands(own);
    const held = new Map(own.held.map((one) => [one.contact, one]));
    for (const [id, contact] of this.contacts) if (!held.has(id)) this.forget(contact);
    for (const row of contacts) this.knows(row);
  }

  /** A row of a contact that is offered or held here. */
  knows(row) {
    for (const offer of this.offers.values()) if (offer.event.contact === row.contact) offer.update(row);
    if (!["connected", "parked"].includes(row.state)) return;
    const contact = this.contact(row);
    contact.state = row.state;
    contact.update(row);
  }

  /** Something became known of a contact that is offered or held here. */
  learns({ contact: id, prio, attrs }) {
    const row = attrs ? { prio, attrs } : { prio };
    for (const offer of this.offers.values()) if (offer.event.contact === id) offer.update(row);
    this.contacts.get(id)?.update(row);
  }

  /** What the server knows of what is here. */
  async look() {
    const { contacts = [] } = (await this.quietly("snapshot", { of: ["contacts"] })) ?? {};
    for (const row of contacts) this.knows(row);
  }

  contact(row) {
    let contact = this.contacts.get(row.contact);
    if (contact) return contact;
    contact = new Contact(this, row);
    this.contacts.set(row.contact, contact);
    part("tabs").append(contact.tab);
    part("work").append(contact.card);
    const call = ["voice", "callback", "kiosk"].includes(row.channel);
    if (!this.chosen || call) this.select(contact);
    this.empty();
    return contact;
  }

  select(contact) {
    this.chosen?.selected(false);
    this.chosen = contact;
    contact?.selected(true);
  }

  forget(contact) {
    contact.remove();
    this.contacts.delete(contact.id);
    if (this.chosen === contact) {
      this.chosen = null;
      this.select([...this.contacts.values()].at(-1) ?? null);
    }
    this.empty();
  }

  empty() {
    part("empty").hidden = this.contacts.size > 0;
    part("tabs").hidden = this.contacts.size === 0;
    const waits = this.offers.size ? `(${this.offers.size}) ` : "";
    document.title = `${waits}${this.agent} · Agent’s desk`;
  }

  offered(event) {
    this.offers.get(event.offer)?.remove();
    const offer = new Offer(this, event);
    this.offers.set(event.offer, offer);
    part("offers").append(offer.card);
    part("rings").textContent = `${CHANNELS[event.channel] ?? event.channel} for ${this.title(event.queue)}. Alt A accepts.`;
    this.empty();
    this.look();
  }

  unoffered(id) {
    const offer = this.offers.get(id);
    offer?.remove();
    this.offers.delete(id);
    part("rings").textContent = "";
    this.empty();
    return offer;
  }

  connected(event) {
    const offer = this.unoffered(event.offer);
    const { contact: id, queue, wait_ms } = event;
    const contact = this.contact({ channel: offer?.event.channel, ...offer?.row, contact: id, queue, wait_ms });
    this.look();
    return contact;
  }

  told(method, params) {
    if (method === "event") return this.happened(params);
    if (method === "message") return this.contacts.get(params.contact)?.hears(params);
    if (method === "bye") return this.say(`The server ends the connection: ${params.reason}.`, true);
    return undefined;
  }

  happened(event) {
    const one = this.contacts.get(event.contact);
    switch (event.type) {
      case "contact.offered": return this.offered(event);
      case "contact.offer_revoked": return this.unoffered(event.offer);
      case "contact.connected": return this.connected(event);
      case "contact.parked": return this.stays(one, "parked", "Set aside while you are on a call.");
      case "contact.resumed": return this.stays(one, "connected", "Taken up again.");
      case "contact.held": return one?.held(true);
      case "contact.unheld": return one?.held(false);
      case "contact.updated": return this.learns(event);
      case "contact.wrap_up":
      case "contact.wrap_up_extended": return one?.wrapUp(event.until / 1000);
      case "contact.wrap_up_over":
      case "contact.requeued": return one && this.forget(one);
      // A wrap-up, if there is one, is the next event; without one nothing is left to do.
      case "contact.ended": return setTimeout(() => one && one.state !== "wrap_up" && this.forget(one), 300);
      case "agent.state": return this.stands(event);
      case "config": return this.refresh();
      case "broadcast": return this.say(`${event.who}: ${event.text}`);
      default: return undefined;
    }
  }

  stays(contact, state, line) {
    if (!contact) return;
    contact.state = state;
    contact.tell(line);
    contact.show();
  }

  /** How the agent stands, as the server has it. */
  stands({ state, reason, pending }) {
    const select = part("state");
    const free = state === "ready" || state === "busy";
    const known = [...select.options].some(({ value }) => value === reason);
    select.value = free ? "ready" : known ? reason : "not_ready";
    const words = { ready: "Ready", busy: "Busy", not_ready: "Not ready", signed_out: "Signed out" };
    const why = { rona: "an offer was not answered", lost: "the connection was lost", signed_in: "just signed in" };
    const later = pending ? `, ${words[pending].toLowerCase()} when the last contact leaves` : "";
    part("stands").textContent = `${words[state] ?? state}${reason ? `: ${why[reason] ?? reason}` : ""}${later}`;
    part("stands").className = `stands ${state}`;
  }

  wants() {
    const { value } = part("state");
    if (value === "ready" || value === "not_ready") return this.ask("agent.state", { state: value });
    return this.ask("agent.state", { state: "not_ready", reason: value });
  }

  shortcut(event) {
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const index = Number(event.key) - 1;
    const contact = [...this.contacts.values()][index];
    if (event.key.toLowerCase() === "a") part("offers").querySelector("button.yes")?.click();
    else if (contact) this.select(contact);
    else return;
    event.preventDefault();
  }

  tick() {
    for (const one of [...this.offers.values(), ...this.contacts.values()]) one.tick();
  }
}

new Desk();
