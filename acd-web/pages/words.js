// What residents read, in the four languages of the widget and the kiosk.

const minutes = (less, about) => (ms) => {
  const n = Math.round(ms / 60000);
  return n < 1 ? less : about(n);
};

export const WORDS = {
  en: {
    name: "English", open: "Chat with the city", title: "Chat with 3-1-1", hello: "How can we help?",
    promise: "A person will answer you. What you write is not stored.",
    yourName: "Your name (optional)", ask: "Your question", start: "Start chat", again: "Start a new chat",
    close: "Minimise", language: "Language", message: "Message", hint: "Write a message…", send: "Send",
    leave: "End chat", place: (n) => (n === 1 ? "You are next in line." : `You are number ${n} in line.`),
    wait: minutes("Less than a minute to wait.", (n) => `About ${n} min to wait.`),
    unknown: "Please wait; somebody will be with you.", joined: "An agent has joined.",
    typing: "The agent is writing…", waiting: "You are being connected to another department. You keep your place.",
    ended: "The conversation is over. Thank you.", offline: "No connection. Trying again…",
    sending: "Waiting for the connection", gap: "Some earlier messages can no longer be shown.", you: "You",
    agent: "Agent", failed: "That did not work: ", log: "Conversation", unread: (n) => `${n} new`,
    reference: "Number of an earlier request (optional)", request: (of) => `Your request ${of}`,
    statuses: { open: "open", closed: "closed", unknown: "not found", unreachable: "cannot be looked up now" },
    expected: (day) => `Expected by ${day}.`, updated: (day) => `Last change: ${day}.`,
    touch: "Touch what you need", finished: "I am finished", still: "Are you still there?",
    clears: (s) => `This screen clears itself in ${s} s.`, here: "I am still here",
  },
  es: {
    name: "Español", open: "Chatear con la ciudad", title: "Chat con el 3-1-1", hello: "¿En qué podemos ayudarle?",
    promise: "Le responderá una persona. Lo que escriba no se guarda.",
    yourName: "Su nombre (opcional)", ask: "Su pregunta", start: "Empezar", again: "Empezar otro chat",
    close: "Minimizar", language: "Idioma", message: "Mensaje", hint: "Escriba un mensaje…", send: "Enviar",
    leave: "Terminar", place: (n) => (n === 1 ? "Es la siguiente persona en la fila." : `Usted es el número ${n} en la fila.`),
    wait: minutes("Menos de un minuto de espera.", (n) => `Unos ${n} min de espera.`),
    unknown: "Espere, por favor; alguien le atenderá.", joined: "Se ha unido un agente.",
    typing: "El agente está escribiendo…", waiting: "Le conectamos con otro departamento. Conserva su turno.",
    ended: "La conversación ha terminado. Gracias.", offline: "Sin conexión. Reintentando…",
    sending: "Esperando la conexión", gap: "Algunos mensajes anteriores ya no se pueden mostrar.", you: "Usted",
    agent: "Agente", failed: "No ha funcionado: ", log: "Conversación",
    unread: (n) => (n === 1 ? "1 nuevo" : `${n} nuevos`),
    reference: "Número de una solicitud anterior (opcional)", request: (of) => `Su solicitud ${of}`,
    statuses: { open: "abierta", closed: "cerrada", unknown: "no encontrada", unreachable: "no se puede consultar ahora" },
    expected: (day) => `Prevista para el ${day}.`, updated: (day) => `Último cambio: ${day}.`,
    touch: "Toque lo que necesita", finished: "He terminado", still: "¿Sigue ahí?",
    clears: (s) => `Esta pantalla se borrará en ${s} s.`, here: "Sigo aquí",
  },
  fr: {
    name: "Français", open: "Clavarder avec la ville", title: "Clavarder avec le 3-1-1", hello: "Comment pouvons-nous vous aider ?",
    promise: "Une personne vous répondra. Ce que vous écrivez n’est pas conservé.",
    yourName: "Votre nom (facultatif)", ask: "Votre question", start: "Commencer", again: "Nouvelle conversation",
    close: "Réduire", language: "Langue", message: "Message", hint: "Écrivez un message…", send: "Envoyer",
    leave: "Terminer", place: (n) => (n === 1 ? "Vous êtes la prochaine personne." : `Vous êtes au rang ${n} dans la file.`),
    wait: minutes("Moins d’une minute d’attente.", (n) => `Environ ${n} min d’attente.`),
    unknown: "Veuillez patienter; quelqu’un vous répondra.", joined: "Un agent vous a rejoint.",
    typing: "L’agent écrit…", waiting: "Nous vous dirigeons vers un autre service. Vous gardez votre rang.",
    ended: "La conversation est terminée. Merci.", offline: "Pas de connexion. Nouvel essai…",
    sending: "En attente de la connexion", gap: "Des messages plus anciens ne peuvent plus être affichés.", you: "Vous",
    agent: "Agent", failed: "Cela n’a pas fonctionné : ", log: "Conversation",
    unread: (n) => (n === 1 ? "1 nouveau" : `${n} nouveaux`),
    reference: "Numéro d’une demande antérieure (facultatif)", request: (of) => `Votre demande ${of}`,
    statuses: { open: "ouverte", closed: "fermée", unknown: "introuvable", unreachable: "impossible à consulter maintenant" },
    expected: (day) => `Prévue pour le ${day}.`, updated: (day) => `Dernier changement : ${day}.`,
    touch: "Touchez ce qu’il vous faut", finished: "J’ai terminé", still: "Êtes-vous toujours là ?",
    clears: (s) => `Cet écran s’effacera dans ${s} s.`, here: "Je suis là",
  },
  zh: {
    name: "中文", open: "与市政府在线交谈", title: "3-1-1 在线咨询", hello: "我们能为您做什么？",
    promise: "由真人为您解答。您输入的内容不会被保存。",
    yourName: "您的姓名（可选）", ask: "您的问题", start: "开始", again: "开始新的对话", close: "最小化", language: "语言",
    message: "消息", hint: "输入消息…", send: "发送", leave: "结束对话",
    place: (n) => (n === 1 ? "下一位就是您。" : `您排在第 ${n} 位。`),
    wait: minutes("等候不到一分钟。", (n) => `大约等候 ${n} 分钟。`), unknown: "请稍候，将有人为您服务。",
    joined: "客服已加入。", typing: "客服正在输入…", waiting: "正在为您转接其他部门，您的位置不变。",
    ended: "对话已结束，谢谢。", offline: "连接中断，正在重试…", sending: "等待连接", gap: "部分较早的消息无法再显示。",
    you: "您", agent: "客服", failed: "未能完成：", log: "对话", unread: (n) => `${n} 条新消息`, touch: "请选择您需要的服务",
    reference: "先前请求的编号（可选）", request: (of) => `您的请求 ${of}`,
    statuses: { open: "处理中", closed: "已结束", unknown: "未找到", unreachable: "目前无法查询" },
    expected: (day) => `预计 ${day} 完成。`, updated: (day) => `最近更新：${day}。`,
    finished: "我已完成", still: "您还在吗？", clears: (s) => `此屏幕将在 ${s} 秒后清除。`, here: "我还在",
  },
};

/** The language of that tag, or the first there is. */
export const languageOf = (tag) => (WORDS[tag?.slice(0, 2)] ? tag.slice(0, 2) : "en");
