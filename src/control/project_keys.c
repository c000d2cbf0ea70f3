/* Every key that wrangler's configuration has, and what Cusp makes of it. A key that does nothing here is never silent. */
#include "control/project_int.h"

/* clang-format off */
static const char *const used[] = {
    "name", "main", "compatibility_date", "compatibility_flags", "vars", "env", "kv_namespaces", "services", "rules", "define",
    "alias", "base_dir", "no_bundle", "find_additional_modules", "minify", "keep_names", "jsx_factory", "jsx_fragment",
    "tsconfig", "triggers", "limits", "text_blobs", "data_blobs", "wasm_modules", "preserve_file_names", NULL};
/* Of the platform, the account, or of wrangler itself: nothing for a runtime to do. */
static const char *const harmless[] = {
    "$schema", "account_id", "workers_dev", "preview_urls", "send_metrics", "observability", "logpush", "dev", "keep_vars",
    "upload_source_maps", "placement", "first_party_worker", "legacy_env", "no_bundle_rules", "secrets", "cache",
    "compliance_region", "pages_build_output_dir", "userWorkerDeployment", "route", "routes", "zone_id", "usage_model",
    "type", "build_watch_dir", "python_modules", "previews", "version", NULL};
/* They promise something to the script that it will not get. */
static const char *const unsupported[] = {
    "d1_databases", "r2_buckets", "durable_objects", "migrations", "queues", "ai", "vectorize", "hyperdrive", "assets",
    "site", "workflows", "browser", "images", "tail_consumers", "streaming_tail_consumers", "unsafe", "analytics_engine_datasets",
    "send_email", "mtls_certificates", "dispatch_namespaces", "pipelines", "version_metadata", "containers", "cloudchamber",
    "secrets_store_secrets", "build", "media", "ratelimits", "unsafe_hello_world", "worker_loaders", "vpc_services", "logfwdr",
    "exports", "agent_memory", NULL};
static const char *const not_inherited[] = {"vars", "define", "kv_namespaces", "services", NULL};
/* clang-format on */

static bool in(const char *const *list, struct span key) {
    for (; *list; list++)
        if (span_eq(span_of(*list), key)) return true;
    return false;
}

static void check_table(struct reading *r, const struct conf *table, bool is_env) {
    CONF_EACH(c, table) {
        if (in(used, c->key) || in(harmless, c->key)) continue;
        char path[256];
        conf_path(c, path, sizeof path);
        if (in(unsupported, c->key)) {
            project_warn(r,
                         "%s:%u: `%s` is not supported by this version of Cusp: the Worker runs without it",
                         r->project->config_path, c->line, path);
            continue;
        }
        const char *nearest = conf_nearest(c->key, used);
        project_warn(r, "%s:%u: `%s` is not a key that wrangler or Cusp knows%s%s%s", r->project->config_path,
                     c->line, path, nearest ? "; did you mean `" : "", nearest ? nearest : "",
                     nearest ? "`?" : "");
    }
}

void project_check_keys(struct reading *r) {
    check_table(r, r->top, false);
    if (!r->env) return;
    check_table(r, r->env, true);
    for (const char *const *key = not_inherited; *key; key++)
        if (conf_find(r->top, span_of(*key)) && !conf_find(r->env, span_of(*key)))
            project_warn(r, "%s:%u: `%s` of the top level is not inherited: [env.%s] has none of its own",
                         r->project->config_path, r->env->line, *key, r->request->environment);
}
