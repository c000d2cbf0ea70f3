import { RpcTarget, WorkerEntrypoint } from "cloudflare:workers";

const PRICES: Record<string, number> = { book: 12, pen: 2 };

type Watcher = (line: string) => void | Promise<void>;

/** A cart lives where it was made; whoever has a stub of it calls it there. */
class Cart extends RpcTarget {
  #items: string[] = [];
  #watcher: Watcher | undefined;

  async add(item: string): Promise<number> {
    if (!(item in PRICES)) throw new RangeError(`there is no ${item}`);
    this.#items.push(item);
    await this.#watcher?.(`${item} added`);
    return this.#items.length;
  }
  get total(): number {
    return this.#items.reduce((sum, item) => sum + PRICES[item], 0);
  }
  /** What is passed to a call ends with it: dup() keeps it. */
  watch(watcher: Watcher & { dup(): Watcher }): void {
    this.#watcher = watcher.dup();
  }
  receipt(): Response {
    const lines = this.#items.map((item) => `${item} ${PRICES[item]}\n`);
    return new Response([...lines, `total ${this.total}\n`].join(""), { headers: { "content-type": "text/plain" } });
  }
}

export class Carts extends WorkerEntrypoint {
  open(): Cart {
    return new Cart();
  }
}

interface Env {
  CARTS: Service<Carts>;
}

export default {
  async fetch(request, env): Promise<Response> {
    const items = new URL(request.url).searchParams.getAll("item");
    if (items.length === 0) return new Response(`${await env.CARTS.open().total}\n`); // calls on what is not there yet
    const cart = await env.CARTS.open(), log: string[] = [];
    await cart.watch(((line: string) => void log.push(line)) as never);
    try {
      for (const item of items) await cart.add(item);
    } catch (e) {
      return new Response(`${(e as Error).name}: ${(e as Error).message}\n`, { status: 404 });
    }
    const receipt = await cart.receipt();
    return new Response(`${log.join(", ")}\n${await receipt.text()}`);
  },
} satisfies ExportedHandler<Env>;
