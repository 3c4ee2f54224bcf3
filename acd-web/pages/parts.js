// What the desk's pages are made of, and the words for what the protocol says.

/** An element with properties, attributes under `attrs`, and children. */
export function make(tag, { attrs = {}, ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attrs)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export const button = (textContent, className, click) => {
  const made = make("button", { type: "button", textContent, className });
  made.addEventListener("click", click);
  return made;
};

export const CHANNELS = {
  voice: "Call", callback: "Callback", chat: "Chat", email: "Email", web: "Web form", kiosk: "Kiosk",
};

/** Channels on which the desk writes; a telephone leg is controlled instead. */
export const writes = (channel) => !["voice", "callback"].includes(channel);

const STRATEGIES = {
  longest_idle: "goes to whoever has been free longest",
  best_skill: "goes to the best skilled, then the longest free",
  least_occupied: "goes to whoever has worked the smallest share of the time",
  fewest_contacts: "goes to whoever has had the fewest contacts",
  round_robin: "goes round from agent to agent",
  random: "is dealt at random",
};

/** Minutes and seconds. */
export function clock(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Why a contact comes to an agent of these skills. */
export function because(why, skills = {}) {
  if (!why) return "";
  if (why.preferred) return "You are asked for by name.";
  const met = why.asks.find((terms) => Object.entries(terms).every(([skill, least]) => (skills[skill] ?? 0) >= least));
  const terms = Object.entries(met ?? why.asks[0] ?? {});
  const has = terms.map(([skill, least]) => `${skill} ${least} or better (you: ${skills[skill] ?? "none"})`);
  const asks = terms.length ? `Asks for ${has.join(" and ")}` : "Anybody may take it";
  const [step, of] = why.step;
  const relaxed = step > 1 ? `, relaxed to step ${step} of ${of}` : "";
  return `${asks}${relaxed}; the queue ${STRATEGIES[why.strategy] ?? why.strategy}.`;
}

const STATUSES = { open: "is open", closed: "is closed", unknown: "is not known to the city", unreachable: "cannot be looked up now" };

/** What the city's system says of an earlier request. */
function request(reference, attrs) {
  const of = (name) => attrs[`request.${name}`];
  const day = (text) => {
    const date = new Date(text ?? "");
    return Number.isNaN(date.getTime()) ? text : date.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  };
  const stands = [reference, STATUSES[of("status")] ?? of("status")].filter(Boolean).join(" ");
  const due = of("expected") && `due ${day(of("expected"))}`;
  const news = of("updated") && `(${day(of("updated"))})`;
  return [
    ["Request", [stands, of("service")].filter(Boolean).join(": ")],
    ["It is with", [of("agency"), due].filter(Boolean).join(", ")],
    ["Last news", [of("note"), news].filter(Boolean).join(" ")],
  ];
}

/** Facts as a list of terms. */
export function facts(row, titles, skills) {
  const title = (queue) => titles[queue] ?? queue;
  const path = (row.path ?? []).map(({ queue, agent }) => (agent ? `${title(queue)} (${agent})` : title(queue)));
  const needs = Object.entries(row.needs ?? {}).map(([skill, level]) => `${skill} ${level}`);
  const attrs = Object.entries(row.attrs ?? {}).filter(([name]) => !name.startsWith("request."));
  const known = [
    ["Waited", row.wait_ms === undefined ? "" : clock(row.wait_ms)],
    ["Before", path.join(" → ")],
    ["Why you", because(row.why, skills)],
    ...request(row.reference, row.attrs ?? {}),
    ["From", row.from],
    ["Needs", needs.join(", ")],
    ["Priority", row.prio === undefined || row.prio === 5 ? "" : String(row.prio)],
    ...attrs.map(([name, value]) => [name[0].toUpperCase() + name.slice(1), value]),
  ];
  const list = make("dl", { className: "facts" });
  for (const [name, value] of known.filter(([, value]) => value)) {
    list.append(make("div", {}, make("dt", { textContent: name }), make("dd", { textContent: value })));
  }
  return list;
}
