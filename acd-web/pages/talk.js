// One inquiry over HTTP: comes in, follows what happens, comes back when the line breaks.
// Shared by the widget and the kiosk; imported as a module.

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A name that nobody else has; `crypto.randomUUID` is missing where a page comes without TLS. */
function unique() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** An inquiry; `on` is called with each event: place, agent_joined, message, typing, waiting, ended,
 * and `online` and `offline`, which say how the line is. */
export class Talk {
  constructor(base, on) {
    Object.assign(this, { base, on, last: 0, over: false, key: unique() });
    this.unsent = [];
    this.wake = () => {};
  }

  /** Comes in. Asked again with the same key it is the same inquiry. */
  async begin(body) {
    const answer = await this.ask("POST", "/v1/inquiries", body, { "Idempotency-Key": this.key });
    this.path = `/v1/inquiries/${answer.inquiry}`;
    this.secret = answer.secret;
    this.follow();
    return answer;
  }

  /** Goes on with an inquiry that another page of this tab began; everything is told again. */
  static again(base, on, { path, secret }) {
    const talk = Object.assign(new Talk(base, on), { path, secret });
    talk.follow();
    return talk;
  }

  async ask(method, path, body, headers = {}) {
    if (this.secret) headers.Authorization = `Bearer ${this.secret}`;
    const init = { method, headers, credentials: "omit" };
    if (body !== undefined) {
      headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(body);
    }
    const response = await fetch(this.base + path, init);
    const text = await response.text();
    const answer = text ? JSON.parse(text) : {};
    if (!response.ok) {
      throw Object.assign(new Error(answer.error?.message ?? response.statusText), {
        status: response.status,
        after: Number(response.headers.get("Retry-After") ?? 5) * 1000,
      });
    }
    return answer;
  }

  /** Follows the events, over as many connections as it takes; none is lost or told twice. */
  async follow() {
    for (let tries = 0; !this.over; tries += 1) {
      try {
        this.stop = new AbortController();
        const headers = {
          Authorization: `Bearer ${this.secret}`,
          "Last-Event-ID": String(this.last),
        };
        const init = { headers, credentials: "omit", signal: this.stop.signal };
        const response = await fetch(`${this.base}${this.path}/events`, init);
        if (response.status === 404) return this.end({ type: "ended", cause: "lost" });
        if (response.ok) {
          tries = 0;
          this.on({ type: "online" });
          this.wake();
          await this.read(response.body.getReader());
        }
      } catch {
        // The line is broken; it is tried again below.
      }
      if (this.over) return undefined;
      this.on({ type: "offline" });
      await pause(Math.min(500 * 2 ** tries, 8000));
    }
    return undefined;
  }

  async read(reader) {
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      const parts = rest.split("\n\n");
      rest = parts.pop();
      for (const part of parts) {
        const line = part.split("\n").find((line) => line.startsWith("data: "));
        if (line) this.happened(JSON.parse(line.slice(6)));
      }
    }
  }

  happened(event) {
    if (event.id !== undefined) {
      if (event.id <= this.last) return;
      this.last = event.id;
    }
    if (event.type === "ended") this.end(event);
    else this.on(event);
  }

  end(event) {
    if (this.over) return;
    this.over = true;
    this.stop?.abort();
    this.wake();
    this.on(event);
  }

  /** Says something, once, in its turn: while the line is broken it waits. */
  say(text) {
    return new Promise((yes, no) => {
      this.unsent.push({ text, id: unique(), yes, no });
      if (this.unsent.length === 1) this.send();
    });
  }

  async send() {
    while (this.unsent.length > 0) {
      const { text, id, yes, no } = this.unsent[0];
      try {
        // The door takes the same id once, so that a lost answer doubles nothing.
        yes(await this.ask("POST", `${this.path}/messages`, { text, id }));
      } catch (error) {
        if (!this.over && (error.status === undefined || error.status === 429 || error.status === 503)) {
          const woken = new Promise((resolve) => (this.wake = resolve));
          await Promise.race([woken, pause(error.after ?? 3000)]);
          continue;
        }
        no(error);
      }
      this.unsent.shift();
    }
  }

  typing() {
    return this.ask("POST", `${this.path}/typing`).catch(() => {});
  }

  /** Goes. */
  async leave() {
    if (!this.path || this.over) return;
    this.over = true;
    this.stop?.abort();
    this.wake();
    await this.ask("DELETE", this.path).catch(() => {});
  }
}
