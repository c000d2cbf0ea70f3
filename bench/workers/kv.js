export default {
  async fetch(request, env) {
    let value = await env.KV.get("greeting");
    if (value === null) {
      await env.KV.put("greeting", "Hello World\n");
      value = "written\n";
    }
    return new Response(value);
  },
};
