const chunk = new Uint8Array(64 * 1024).fill(97);
export default {
  async fetch() {
    let left = 16;
    const body = new ReadableStream({
      pull(controller) {
        if (left-- > 0) controller.enqueue(chunk.slice());
        else controller.close();
      },
    });
    return new Response(body);
  },
};
