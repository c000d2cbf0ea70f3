export default {
  async fetch(request): Promise<Response> {
    const name = new URL(request.url).searchParams.get("name") ?? "World";
    return new Response(`Hello, ${name}!\n`);
  },
} satisfies ExportedHandler;
