// The widget: <script type="module" src="https://311.city.example/widget.js" data-queue="chat"></script>
// A button and a panel in a shadow root, so that neither the site's style nor its scripts mix with it.
// Text is only ever set as text.

import { Talk } from "./talk.js";

const WORDS = {
  en: {
    open: "Chat with the city", title: "City chat", name: "Your name (optional)", ask: "Your question",
    start: "Start", close: "Close", message: "Message", send: "Send", leave: "End chat",
    place: (n) => `You are number ${n} in line.`,
    wait: (m) => (m < 1 ? "Less than a minute to wait." : `About ${m} min to wait.`),
    unknown: "Please wait; somebody will be with you.", joined: "An agent has joined.",
    typing: "The agent is writing…", waiting: "You are being connected to another department.",
    ended: "The conversation is over.", offline: "No connection. Trying again…", you: "You",
    agent: "Agent", failed: "That did not work: ",
  },
  es: {
    open: "Chatear con la ciudad", title: "Chat de la ciudad", name: "Su nombre (opcional)",
    ask: "Su pregunta", start: "Empezar", close: "Cerrar", message: "Mensaje", send: "Enviar",
    leave: "Terminar", place: (n) => `Usted es el número ${n} en la fila.`,
    wait: (m) => (m < 1 ? "Menos de un minuto de espera." : `Unos ${m} min de espera.`),
    unknown: "Espere, por favor; alguien le atenderá.", joined: "Se ha unido un agente.",
    typing: "El agente está escribiendo…", waiting: "Le conectamos con otro departamento.",
    ended: "La conversación ha terminado.", offline: "Sin conexión. Reintentando…", you: "Usted",
    agent: "Agente", failed: "No ha funcionado: ",
  },
  fr: {
    open: "Clavarder avec la ville", title: "Clavardage", name: "Votre nom (facultatif)",
    ask: "Votre question", start: "Commencer", close: "Fermer", message: "Message", send: "Envoyer",
    leave: "Terminer", place: (n) => `Vous êtes au rang ${n} dans la file.`,
    wait: (m) => (m < 1 ? "Moins d’une minute d’attente." : `Environ ${m} min d’attente.`),
    unknown: "Veuillez patienter; quelqu’un vous répondra.", joined: "Un agent vous a rejoint.",
    typing: "L’agent écrit…", waiting: "Nous vous dirigeons vers un autre service.",
    ended: "La conversation est terminée.", offline: "Pas de connexion. Nouvel essai…", you: "Vous",
    agent: "Agent", failed: "Cela n’a pas fonctionné : ",
  },
  zh: {
    open: "与市政府在线交谈", title: "市政在线咨询", name: "您的姓名（可选）", ask: "您的问题", start: "开始",
    close: "关闭", message: "消息", send: "发送", leave: "结束", place: (n) => `您排在第 ${n} 位。`,
    wait: (m) => (m < 1 ? "等候不到一分钟。" : `大约等候 ${m} 分钟。`), unknown: "请稍候，将有人为您服务。",
    joined: "客服已加入。", typing: "客服正在输入…", waiting: "正在为您转接其他部门。", ended: "对话已结束。",
    offline: "连接中断，正在重试…", you: "您", agent: "客服", failed: "未能完成：",
  },
};

const STYLE = `
:host { all: initial; }
* { box-sizing: border-box; font: 16px/1.4 system-ui, sans-serif; }
button { min-height: 44px; padding: 8px 16px; border: 0; border-radius: 6px; background: #0b4f8a; color: #fff; cursor: pointer; }
button.plain { background: #fff; color: #0b4f8a; border: 1px solid #0b4f8a; }
:focus-visible { outline: 3px solid #c75000; outline-offset: 2px; }
.open { position: fixed; right: 16px; bottom: 16px; z-index: 2147483646; box-shadow: 0 2px 8px #0006; }
.panel { position: fixed; right: 16px; bottom: 16px; z-index: 2147483647; width: min(380px, calc(100vw - 32px));
  height: min(560px, calc(100vh - 32px)); display: flex; flex-direction: column; background: #fff; color: #1a1a1a;
  border: 1px solid #555; border-radius: 8px; box-shadow: 0 4px 16px #0006; }
[hidden] { display: none !important; }
header { display: flex; align-items: center; justify-content: space-between; padding: 8px 8px 8px 16px; background: #0b4f8a; color: #fff; border-radius: 7px 7px 0 0; }
h2 { margin: 0; font-weight: 600; font-size: 18px; }
form { display: flex; flex-direction: column; gap: 8px; padding: 12px 16px; }
label { display: flex; flex-direction: column; gap: 4px; }
input, textarea { width: 100%; padding: 8px; border: 1px solid #555; border-radius: 6px; background: #fff; color: #1a1a1a; }
.status { margin: 0; padding: 8px 16px; background: #eef3f8; color: #1a1a1a; }
.log { flex: 1; overflow-y: auto; margin: 0; padding: 8px 16px; list-style: none; }
.log li { margin: 6px 0; padding: 8px 12px; border-radius: 8px; background: #eef3f8; overflow-wrap: anywhere; white-space: pre-wrap; }
.log li.resident { background: #dcefdc; margin-left: 32px; }
.log li b { display: block; font-size: 13px; font-weight: 600; }
.row { display: flex; gap: 8px; }
.row > button { flex: 1; }
`;

/** An element with properties and children. */
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** The widget, at the end of the page. */
export function widget({ base, queue, language }) {
  const words = WORDS[language] ?? WORDS.en;
  const host = document.body.appendChild(document.createElement("div"));
  host.lang = WORDS[language] ? language : "en";
  const root = host.attachShadow({ mode: "open" });
  const open = make("button", { className: "open", textContent: words.open });
  const title = make("h2", { id: "title", textContent: words.title });
  const close = make("button", { type: "button", textContent: words.close });
  const status = make("p", { className: "status", hidden: true });
  status.setAttribute("role", "status");
  const log = make("ol", { className: "log", hidden: true, tabIndex: 0 });
  log.setAttribute("aria-live", "polite");
  log.setAttribute("aria-label", words.title);
  const name = make("input", { name: "name", maxLength: 100, autocomplete: "name" });
  const question = make("textarea", { name: "text", rows: 4, maxLength: 1000, required: true });
  const start = make("form", {},
    make("label", {}, words.name, name), make("label", {}, words.ask, question),
    make("button", { textContent: words.start }));
  const text = make("textarea", { name: "message", rows: 2, maxLength: 1000, required: true });
  const leave = make("button", { type: "button", className: "plain", textContent: words.leave });
  const send = make("form", { hidden: true }, make("label", {}, words.message, text),
    make("div", { className: "row" }, leave, make("button", { textContent: words.send })));
  const panel = make("section", { className: "panel", hidden: true },
    make("header", {}, title, close), status, start, log, send);
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-labelledby", "title");
  root.append(make("style", { textContent: STYLE }), open, panel);

  let talk = null;
  const tell = (line) => {
    status.hidden = !line;
    status.textContent = line;
  };
  const show = (by, line) => {
    const who = by === "agent" ? words.agent : words.you;
    log.append(make("li", { className: by }, make("b", { textContent: who }), line));
    log.scrollTop = log.scrollHeight;
  };
  const failed = (error) => tell(words.failed + error.message);
  const reset = () => {
    talk = null;
    log.replaceChildren();
    start.hidden = false;
    log.hidden = send.hidden = true;
  };
  const happened = (event) => {
    switch (event.type) {
      case "place": {
        const place = event.position ? words.place(event.position) : "";
        const known = event.expected_wait_ms !== null;
        const wait = known ? words.wait(Math.round(event.expected_wait_ms / 60000)) : words.unknown;
        return tell(`${place} ${wait}`);
      }
      case "agent_joined": return tell(words.joined);
      case "typing": return tell(words.typing);
      case "waiting": return tell(words.waiting);
      case "offline": return tell(words.offline);
      case "message": {
        if (event.by === "agent") tell("");
        return show(event.by, event.text);
      }
      case "ended":
        tell(words.ended);
        send.hidden = true;
        return undefined;
      default: return undefined;
    }
  };
  const shut = () => {
    panel.hidden = true;
    open.hidden = false;
    if (talk?.over) {
      reset();
      tell("");
    }
    open.focus();
  };
  open.addEventListener("click", () => {
    panel.hidden = false;
    open.hidden = true;
    (start.hidden ? text : name).focus();
  });
  close.addEventListener("click", shut);
  panel.addEventListener("keydown", (event) => event.key === "Escape" && shut());
  start.addEventListener("submit", async (event) => {
    event.preventDefault();
    talk ??= new Talk(base, happened);
    try {
      const asked = { queue, text: question.value, language: host.lang };
      if (name.value) asked.name = name.value;
      await talk.begin(asked);
      start.hidden = true;
      log.hidden = send.hidden = false;
      question.value = "";
      text.focus();
    } catch (error) {
      talk = null;
      failed(error);
    }
  });
  send.addEventListener("submit", async (event) => {
    event.preventDefault();
    const line = text.value;
    try {
      await talk.say(line);
      text.value = "";
    } catch (error) {
      failed(error);
    }
    text.focus();
  });
  let typed = 0;
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send.requestSubmit();
    } else if (Date.now() - typed > 5000) {
      typed = Date.now();
      talk?.typing();
    }
  });
  leave.addEventListener("click", async () => {
    await talk.leave();
    happened({ type: "ended" });
  });
  return host;
}

const script = document.querySelector("script[type=module][src*='/widget.js'][data-queue]");
if (script) {
  const language = script.dataset.language ?? document.documentElement.lang.slice(0, 2);
  widget({ base: new URL(script.src).origin, queue: script.dataset.queue, language });
}
