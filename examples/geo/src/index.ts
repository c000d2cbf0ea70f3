// A page made for where the visitor is: request.cf says where, a template says how it looks. What is not known has a
// default. Editors look at another country with ?country=FR.

import template from "./page.html";

interface Locale {
  language: string;
  greeting: string;
  currency: string;
}

const LOCALES: Record<string, Locale> = {
  DE: { language: "de", greeting: "Willkommen", currency: "EUR" },
  FR: { language: "fr", greeting: "Bienvenue", currency: "EUR" },
  JP: { language: "ja", greeting: "ようこそ", currency: "JPY" },
};
const DEFAULT_LOCALE: Locale = { language: "en", greeting: "Welcome", currency: "USD" };

export default {
  async fetch(request): Promise<Response> {
    const preview = new URL(request.url).searchParams.get("country")?.toUpperCase();
    const country = preview ?? request.cf?.country ?? "";
    const city = preview ? undefined : request.cf?.city;
    const locale = LOCALES[country] ?? DEFAULT_LOCALE;

    const html = render(template, {
      ...locale,
      place: [city, country].filter(Boolean).join(", ") || "somewhere",
      delivery: country in LOCALES ? "two days" : "a week",
    });
    return new Response(html, {
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-language": locale.language,
        "cache-control": "private",
      },
    });
  },
} satisfies ExportedHandler;

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function render(text: string, values: Record<string, string>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name].replace(/[&<>"']/g, (c) => ESCAPES[c]));
}
