// Only holders of a valid JSON Web Token come in. The issuer's public keys are kept in KV for an hour, so that a
// check needs no network; a token signed by a key that is not there makes it ask the issuer again.

import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet, type JWTPayload } from "jose";

interface Env {
  KEYS: KVNamespace;
  JWKS_URL: string;
  ISSUER: string;
  AUDIENCE: string;
}

const KEYS_TTL_S = 3600;

export default {
  async fetch(request, env): Promise<Response> {
    const token = request.headers.get("authorization")?.replace(/^Bearer /i, "");
    if (!token) return refuse("a token is missing");
    try {
      const claims = await verify(token, env);
      return Response.json({ hello: claims.sub, issuer: claims.iss });
    } catch (error) {
      if (error instanceof errors.JOSEError) return refuse(error.code);
      throw error;
    }
  },
} satisfies ExportedHandler<Env>;

async function verify(token: string, env: Env): Promise<JWTPayload> {
  const options = { issuer: env.ISSUER, audience: env.AUDIENCE };
  const kept = await env.KEYS.get<JSONWebKeySet>(env.JWKS_URL, "json");
  if (kept) {
    try {
      return (await jwtVerify(token, createLocalJWKSet(kept), options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
  }
  const response = await fetch(env.JWKS_URL);
  if (!response.ok) throw new Error(`the issuer's keys: status ${response.status}`);
  const keys = await response.json<JSONWebKeySet>();
  await env.KEYS.put(env.JWKS_URL, JSON.stringify(keys), { expirationTtl: KEYS_TTL_S });
  return (await jwtVerify(token, createLocalJWKSet(keys), options)).payload;
}

function refuse(reason: string): Response {
  return Response.json({ error: reason }, { status: 401, headers: { "www-authenticate": "Bearer" } });
}
