// The agent's desk over /ws: the socket protocol itself (docs/PROTOCOL.md), a JSON object a message.
// The token stays in this page's memory; text is only ever set as text.

const part = (id) => document.getElementById(id);
const [signIn, header, main] = ["form", "header", "main"].map((tag) => document.querySelector(tag));
const told = part("told");
const work = new Map();
const offers = new Map();
let link = null;

/** An element with properties and children. */
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** A connection that has said hello; `on` is told of events, `lost` of its end. */
class Link {
  constructor(on, lost) {
    this.on = on;
    this.waiting = new Map();
    this.next = 1;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.socket = new WebSocket(`${scheme}://${location.host}/ws`);
    this.open = new Promise((resolve, reject) => {
      this.socket.onopen = resolve;
      this.socket.onclose = () => {
        const gone = new Error("the connection is lost");
        reject(gone);
        for (const { no } of this.waiting.values()) no(gone);
        this.waiting.clear();
        lost();
      };
    });
    this.socket.onmessage = ({ data }) => this.heard(JSON.parse(data));
  }

  heard(said) {
    if (said.method) {
      if (said.method === "event") this.place = { ...this.place, seq: said.params.seq };
      return this.on(said.method, said.params);
    }
    const { yes, no } = this.waiting.get(said.id) ?? {};
    this.waiting.delete(said.id);
    if (said.error) no?.(Object.assign(new Error(said.error.message), said.error.data));
    else yes?.(said.result);
    return undefined;
  }

  ask(method, params = {}) {
    const id = this.next++;
    return new Promise((yes, no) => {
      this.waiting.set(id, { yes, no });
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }
}

/** Asks, and says what went wrong where something did. */
async function ask(method, params) {
  try {
    told.textContent = "";
    return await link.ask(method, params);
  } catch (error) {
    told.textContent = error.near ? `${error.message}: ${error.near}?` : error.message;
    return null;
  }
}

function offered(event) {
  const clock = make("b");
  const ends = Date.now() + event.deadline_ms;
  const card = make("article", { className: "card offer" },
    make("h2", {}, `${event.channel} for ${event.queue} `, clock));
  if (event.answer_by === "device") {
    card.append(make("p", {}, "Your telephone rings: answer there."));
  } else {
    const accept = make("button", { textContent: "Accept" });
    const reject = make("button", { textContent: "Reject", className: "no" });
    accept.addEventListener("click", () => ask("offer.accept", { offer: event.offer }));
    reject.addEventListener("click", () => ask("offer.reject", { offer: event.offer }));
    card.append(make("div", { className: "row" }, accept, reject));
  }
  const tick = () => (clock.textContent = `${Math.max(0, Math.ceil((ends - Date.now()) / 1000))} s`);
  tick();
  offers.get(event.offer)?.over();
  const timer = setInterval(tick, 500);
  offers.set(event.offer, {
    event,
    over: () => {
      clearInterval(timer);
      card.remove();
    },
  });
  part("offers").append(card);
  card.querySelector("button")?.focus();
}

function unoffered(offer) {
  offers.get(offer)?.over();
  offers.delete(offer);
}

/** A conversation: log, message, hold, transfer, end; after it wrap-up with what came of it. */
function conversation({ contact, queue, channel }) {
  const known = work.get(contact);
  if (known) return known;
  const log = make("ol", { className: "log", tabIndex: 0 });
  log.setAttribute("aria-live", "polite");
  log.setAttribute("aria-label", `Conversation ${contact}`);
  const note = make("p", { className: "told" });
  const text = make("input", { required: true, maxLength: 1000, autocomplete: "off" });
  const say = make("form", { className: "row" },
    make("label", { className: "grow" }, "Message", text), make("button", { textContent: "Send" }));
  const to = make("input", { size: 14 });
  to.setAttribute("list", "queues");
  const transfer = make("button", { className: "plain", textContent: "Transfer" });
  const hold = make("button", { className: "plain", textContent: "Hold" });
  const came = make("input", { size: 14, maxLength: 200 });
  const end = make("button", { className: "no", textContent: "End" });
  const done = make("button", { textContent: "Wrap-up done", hidden: true });
  const talking = make("div", { className: "row" }, make("label", {}, "Transfer to", to), transfer, hold);
  const card = make("article", { className: "card" },
    make("h2", { textContent: `${channel ?? "contact"} · ${queue} · ${contact}` }), note, log, say, talking,
    make("div", { className: "row" }, make("label", { className: "grow" }, "What came of it", came), end, done));
  let held = false;
  say.addEventListener("submit", async (event) => {
    event.preventDefault();
    const line = text.value;
    if (await ask("contact.message", { contact, text: line })) {
      text.value = "";
      one.show("agent", line);
    }
  });
  text.addEventListener("input", () => {
    if (Date.now() - (one.typed ?? 0) < 5000) return;
    one.typed = Date.now();
    link.ask("contact.typing", { contact }).catch(() => {});
  });
  transfer.addEventListener("click", () =>
    ask("contact.transfer", { contact, to: { queue: to.value } }));
  hold.addEventListener("click", async () => {
    if (await ask(held ? "contact.unhold" : "contact.hold", { contact })) held = !held;
    hold.textContent = held ? "Resume" : "Hold";
  });
  const outcome = () => (came.value ? { disposition: came.value } : {});
  end.addEventListener("click", () =>
    ask("contact.end", { contact, cause: "completed", ...outcome() }));
  done.addEventListener("click", () => ask("agent.wrap_done", { contact, ...outcome() }));
  const one = {
    show(by, line) {
      log.append(make("li", { className: by, textContent: line }));
      log.scrollTop = log.scrollHeight;
    },
    say: (line) => (note.textContent = line),
    wrapUp() {
      one.wrapping = true;
      note.textContent = "The conversation is over: wrap-up.";
      say.hidden = talking.hidden = end.hidden = true;
      done.hidden = false;
      came.focus();
    },
    over() {
      card.remove();
      work.delete(contact);
    },
  };
  work.set(contact, one);
  part("work").append(card);
  return one;
}

function happened(event) {
  const one = work.get(event.contact);
  switch (event.type) {
    case "contact.offered": return offered(event);
    case "contact.offer_revoked": return unoffered(event.offer);
    case "contact.connected": {
      const channel = offers.get(event.offer)?.event.channel;
      unoffered(event.offer);
      return conversation({ ...event, channel }).say(
        `Waited ${Math.round(event.wait_ms / 1000)} s for ${event.queue}.`);
    }
    case "contact.parked": return one?.say("Set aside while you are on a call.");
    case "contact.resumed": return one?.say("Taken up again.");
    case "contact.wrap_up": return one?.wrapUp();
    case "contact.wrap_up_over": return one?.over();
    case "contact.requeued": return one?.over();
    // A wrap-up, if there is one, is the next event; without one nothing is left to do.
    case "contact.ended": return setTimeout(() => one && !one.wrapping && one.over(), 300);
    case "agent.state": {
      const state = part("state");
      if (event.state === "ready" || event.state === "busy") state.value = "ready";
      else state.value = "not_ready";
      const pending = event.pending ? `, ${event.pending} when the last contact leaves` : "";
      told.textContent = `${event.state.replace("_", " ")}${event.reason ? ` (${event.reason})` : ""}${pending}`;
      return undefined;
    }
    case "broadcast": return (told.textContent = `${event.who}: ${event.text}`);
    default: return undefined;
  }
}

function message({ contact, by, text, typing }) {
  const one = work.get(contact);
  if (typing) one?.say("The resident is writing…");
  else if (by === "resident" || by === "agent") one?.show(by, text);
  if (by === "resident" && !typing) one?.say("");
}

async function connect(agent, token, resume) {
  const made = new Link(
    (method, params) => (method === "event" ? happened(params) : method === "message" && message(params)),
    () => link === made && again(agent, token),
  );
  await made.open;
  const hello = { proto: 1, role: "agent", name: agent, token };
  if (resume) hello.resume = resume;
  const said = await made.ask("hello", hello);
  made.place ??= { seq: resume?.seq ?? said.seq };
  made.place.epoch = said.epoch;
  link = made;
  return said;
}

/** The line broke: it comes back, and what was missed with it. */
async function again(agent, token) {
  for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
    told.textContent = "No connection. Trying again…";
    await new Promise((resolve) => setTimeout(resolve, wait));
    try {
      const resume = link.place;
      await connect(agent, token, resume);
      await link.ask("agent.login");
      told.textContent = "Connected again.";
      return;
    } catch {
      // Tried again above.
    }
  }
}

signIn.addEventListener("submit", async (event) => {
  event.preventDefault();
  const why = signIn.querySelector("[role=alert]");
  const agent = part("agent").value;
  try {
    why.textContent = "";
    const { city } = await connect(agent, part("token").value);
    await link.ask("agent.login");
    part("who").textContent = `${agent} · ${city}`;
    part("door").remove();
    header.hidden = main.hidden = false;
    const { queues } = await link.ask("snapshot", { of: ["queues"] });
    part("queues").append(...queues.map(({ queue }) => make("option", { value: queue })));
    part("state").focus();
  } catch (error) {
    link = null;
    why.textContent = error.message;
  }
});
part("state").addEventListener("change", async ({ target }) => {
  const reason = part("reason").value;
  const wanted = { state: target.value };
  if (target.value === "not_ready" && reason) wanted.reason = reason;
  await ask("agent.state", wanted);
});
part("sign-out").addEventListener("click", async () => {
  if (await ask("agent.logout")) location.reload();
});
