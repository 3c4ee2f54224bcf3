// The socket protocol over /ws, a JSON object a message: a connection that asks and is told.

/** A connection; `on` is told of notifications, `lost` of its end. */
export class Link {
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
      return this.on(said.method, said.params ?? {});
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
      if (this.socket.readyState !== WebSocket.OPEN) return no(new Error("the connection is lost"));
      this.waiting.set(id, { yes, no });
      return this.socket.send(JSON.stringify({ id, method, params }));
    });
  }

  /** Says who is there. What was missed comes again; after a gap, live offers and chats at least. */
  async hello(agent, token, place = { epoch: "none", seq: 0 }) {
    await this.open;
    const hello = { proto: 1, role: "agent", name: agent, token, resume: place };
    const said = await this.ask("hello", hello);
    this.place = { epoch: said.epoch, seq: this.place?.seq ?? (said.gap ? said.seq : place.seq) };
    return said;
  }
}
