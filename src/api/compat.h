/* Compatibility flags: what a Worker's compatibility_date and compatibility_flags turn on. The table is that of Cloudflare's runtime
 * (names and dates are documented at developers.cloudflare.com/workers/configuration/compatibility-flags/), so that
 * Cloudflare.compatibilityFlags tells the truth about what a Worker asked for.
 *
 * A flag is on when its enabling name is listed; off when its disabling one is; else from its date on, or from a second date on
 * when a flag that implies it is on. No date at all means the newest, but for nodejs_compat, which must be asked for: it costs an
 * isolate something. Only some have an effect here; the others name behaviour that Cusp has had from the start in its newest form.
 * Those that are read: grep COMPAT_ and internal.flag(.
 *
 * pedantic_wpt is the one row that differs: there it must be asked for, here it is on. Without it (non_pedantic_wpt) events and
 * streams behave where code can tell as they do there by default, against the standards (docs/compat.md).
 *
 * Pure; any thread. */
#ifndef API_COMPAT_H
#define API_COMPAT_H

#include "state/version.h"

// clang-format off
/* name, what turns it on, what turns it off, on from this date on, or when one of these is on, and from this date on */
#define COMPAT_TABLE(X) \
    X(FORMDATA_PARSER_SUPPORTS_FILES, "formdata_parser_supports_files", "formdata_parser_converts_files_to_strings", "2021-11-03", "", "") \
    X(FETCH_REFUSES_UNKNOWN_PROTOCOLS, "fetch_refuses_unknown_protocols", "fetch_treats_unknown_protocols_as_http", "2021-11-10", "", "") \
    X(HTML_REWRITER_TREATS_ESI_INCLUDE_AS_VOID_TAG, "html_rewriter_treats_esi_include_as_void_tag", "", "", "", "") \
    X(DURABLE_OBJECT_FETCH_REQUIRES_FULL_URL, "durable_object_fetch_requires_full_url", "durable_object_fetch_allows_relative_url", "2021-11-10", "", "") \
    X(STREAMS_BYOB_READER_DETACHES_BUFFER, "streams_byob_reader_detaches_buffer", "streams_byob_reader_does_not_detach_buffer", "2021-11-10", "", "") \
    X(STREAMS_ENABLE_CONSTRUCTORS, "streams_enable_constructors", "streams_disable_constructors", "2022-11-30", "", "") \
    X(WORKERS_API_GETTERS_SETTERS_ON_PROTOTYPE, "workers_api_getters_setters_on_prototype", "workers_api_getters_setters_on_instance", "2022-01-31", "", "") \
    X(MINIMAL_SUBREQUESTS, "minimal_subrequests", "no_minimal_subrequests", "2022-04-05", "", "") \
    X(NO_COTS_ON_EXTERNAL_FETCH, "no_cots_on_external_fetch", "cots_on_external_fetch", "2022-03-08", "", "") \
    X(URL_STANDARD, "url_standard", "url_original", "2022-10-31", "", "") \
    X(GLOBAL_NAVIGATOR, "global_navigator", "no_global_navigator", "2022-03-21", "", "") \
    X(CAPTURE_ASYNC_API_THROWS, "capture_async_api_throws", "do_not_capture_async_api_throws", "2022-10-31", "", "") \
    X(R2_PUBLIC_BETA_BINDINGS, "r2_public_beta_bindings", "r2_internal_beta_bindings", "", "", "") \
    X(DURABLE_OBJECT_ALARMS, "durable_object_alarms", "", "", "", "") \
    X(DONT_SUBSTITUTE_NULL_ON_TYPE_ERROR, "dont_substitute_null_on_type_error", "substitute_null_on_type_error", "2022-06-01", "", "") \
    X(TRANSFORMSTREAM_ENABLE_STANDARD_CONSTRUCTOR, "transformstream_enable_standard_constructor", "transformstream_disable_standard_constructor", "2022-11-30", "", "") \
    X(R2_LIST_HONOR_INCLUDE, "r2_list_honor_include", "", "2022-08-04", "", "") \
    X(EXPORT_COMMONJS_DEFAULT, "export_commonjs_default", "export_commonjs_namespace", "2022-10-31", "", "") \
    X(DURABLE_OBJECT_RENAME, "durable_object_rename", "", "", "", "") \
    X(WEB_SOCKET_COMPRESSION, "web_socket_compression", "no_web_socket_compression", "2023-08-15", "", "") \
    X(NODEJS_COMPAT, "nodejs_compat", "no_nodejs_compat", "2026-08-04", "", "") \
    X(TCP_SOCKETS_SUPPORT, "tcp_sockets_support", "", "", "", "") \
    X(RESPONSE_REDIRECT_URL_STANDARD, "response_redirect_url_standard", "response_redirect_url_original", "2023-03-14", "", "") \
    X(EXPERIMENTAL, "experimental", "", "", "", "") \
    X(DURABLE_OBJECT_GET_EXISTING, "durable_object_get_existing", "", "", "", "") \
    X(HTTP_HEADERS_GETSETCOOKIE, "http_headers_getsetcookie", "no_http_headers_getsetcookie", "2023-03-01", "", "") \
    X(DYNAMIC_DISPATCH_TUNNEL_EXCEPTIONS, "dynamic_dispatch_tunnel_exceptions", "dynamic_dispatch_treat_exceptions_as_500", "2023-03-01", "", "") \
    X(SERVICE_BINDING_EXTRA_HANDLERS, "service_binding_extra_handlers", "", "", "", "") \
    X(NO_CF_BOTMANAGEMENT_DEFAULT, "no_cf_botmanagement_default", "cf_botmanagement_default", "2023-08-01", "", "") \
    X(URLSEARCHPARAMS_DELETE_HAS_VALUE_ARG, "urlsearchparams_delete_has_value_arg", "no_urlsearchparams_delete_has_value_arg", "2023-07-01", "", "") \
    X(STRICT_COMPRESSION_CHECKS, "strict_compression_checks", "no_strict_compression_checks", "2023-08-01", "", "") \
    X(BROTLI_CONTENT_ENCODING, "brotli_content_encoding", "no_brotli_content_encoding", "2024-04-29", "", "") \
    X(STRICT_CRYPTO_CHECKS, "strict_crypto_checks", "no_strict_crypto_checks", "2023-08-01", "", "") \
    X(RTTI_API, "rtti_api", "", "", "", "") \
    X(WEBGPU, "webgpu", "", "", "", "") \
    X(CRYPTO_PRESERVE_PUBLIC_EXPONENT, "crypto_preserve_public_exponent", "no_crypto_preserve_public_exponent", "2023-12-01", "", "") \
    X(VECTORIZE_QUERY_METADATA_OPTIONAL, "vectorize_query_metadata_optional", "vectorize_query_original", "2023-11-08", "", "") \
    X(UNSAFE_MODULE, "unsafe_module", "", "", "", "") \
    X(JS_RPC, "js_rpc", "", "", "", "") \
    X(NO_GLOBAL_IMPORTSCRIPTS, "no_global_importscripts", "global_importscripts", "2024-03-04", "", "") \
    X(NODEJS_ALS, "nodejs_als", "no_nodejs_als", "", "", "") \
    X(QUEUES_JSON_MESSAGES, "queues_json_messages", "no_queues_json_messages", "2024-03-18", "", "") \
    X(FETCHER_NO_GET_PUT_DELETE, "fetcher_no_get_put_delete", "fetcher_has_get_put_delete", "2024-03-26", "", "") \
    X(UNWRAP_CUSTOM_THENABLES, "unwrap_custom_thenables", "no_unwrap_custom_thenables", "2024-04-01", "", "") \
    X(RPC, "rpc", "no_rpc", "2024-04-03", "", "") \
    X(INTERNAL_STREAM_BYOB_RETURN_VIEW, "internal_stream_byob_return_view", "internal_stream_byob_return_undefined", "2024-05-13", "", "") \
    X(BLOB_STANDARD_MIME_TYPE, "blob_standard_mime_type", "blob_legacy_mime_type", "2024-06-03", "", "") \
    X(FETCH_STANDARD_URL, "fetch_standard_url", "fetch_legacy_url", "2024-06-03", "", "") \
    X(NODEJS_COMPAT_V2, "nodejs_compat_v2", "no_nodejs_compat_v2", "2026-08-04", "nodejs_compat", "2024-09-23") \
    X(GLOBAL_FETCH_STRICTLY_PUBLIC, "global_fetch_strictly_public", "global_fetch_private_origin", "", "", "") \
    X(NEW_MODULE_REGISTRY, "new_module_registry", "legacy_module_registry", "", "", "") \
    X(CACHE_OPTION_ENABLED, "cache_option_enabled", "cache_option_disabled", "2024-11-11", "", "") \
    X(KV_DIRECT_BINDING, "kv_direct_binding", "", "", "", "") \
    X(ALLOW_CUSTOM_PORTS, "allow_custom_ports", "ignore_custom_ports", "2024-09-02", "", "") \
    X(INCREASE_WEBSOCKET_MESSAGE_SIZE, "increase_websocket_message_size", "", "", "", "") \
    X(INTERNAL_WRITABLE_STREAM_ABORT_CLEARS_QUEUE, "internal_writable_stream_abort_clears_queue", "internal_writable_stream_abort_does_not_clear_queue", "2024-09-02", "", "") \
    X(NODEJS_ZLIB, "nodejs_zlib", "no_nodejs_zlib", "", "nodejs_compat nodejs_compat_v2", "2024-09-23") \
    X(REPLICA_ROUTING, "replica_routing", "", "", "", "") \
    X(ENABLE_D1_WITH_SESSIONS_API, "enable_d1_with_sessions_api", "", "", "", "") \
    X(HANDLE_CROSS_REQUEST_PROMISE_RESOLUTION, "handle_cross_request_promise_resolution", "no_handle_cross_request_promise_resolution", "2024-10-14", "", "") \
    X(SET_TOSTRING_TAG, "set_tostring_tag", "do_not_set_tostring_tag", "2024-09-26", "", "") \
    X(UPPER_CASE_ALL_HTTP_METHODS, "upper_case_all_http_methods", "no_upper_case_all_http_methods", "2024-10-14", "", "") \
    X(DISABLE_TOP_LEVEL_AWAIT_IN_REQUIRE, "disable_top_level_await_in_require", "enable_top_level_await_in_require", "2024-12-02", "", "") \
    X(FIXUP_TRANSFORM_STREAM_BACKPRESSURE, "fixup-transform-stream-backpressure", "original-transform-stream-backpressure", "2024-12-16", "", "") \
    X(TAIL_WORKER_USER_SPANS, "tail_worker_user_spans", "", "", "", "") \
    X(CACHE_NO_CACHE_ENABLED, "cache_no_cache_enabled", "cache_no_cache_disabled", "", "cache_option_enabled", "2025-08-07") \
    X(REQUEST_CF_OVERRIDES_CACHE_RULES, "request_cf_overrides_cache_rules", "no_request_cf_overrides_cache_rules", "2025-04-02", "", "") \
    X(MEMORY_CACHE_DELETE, "memory_cache_delete", "", "", "", "") \
    X(QUEUE_CONSUMER_NO_WAIT_FOR_WAIT_UNTIL, "queue_consumer_no_wait_for_wait_until", "queue_consumer_wait_for_wait_until", "", "", "") \
    X(NODEJS_COMPAT_POPULATE_PROCESS_ENV, "nodejs_compat_populate_process_env", "nodejs_compat_do_not_populate_process_env", "", "nodejs_compat", "2025-04-01") \
    X(CACHE_API_REQUEST_CF_OVERRIDES_CACHE_RULES, "cache_api_request_cf_overrides_cache_rules", "no_cache_api_request_cf_overrides_cache_rules", "2025-05-19", "", "") \
    X(DISALLOW_IMPORTABLE_ENV, "disallow_importable_env", "allow_importable_env", "", "", "") \
    X(ASSETS_NAVIGATION_PREFERS_ASSET_SERVING, "assets_navigation_prefers_asset_serving", "assets_navigation_has_no_effect", "2025-04-01", "", "") \
    X(CACHE_API_COMPAT_FLAGS, "cache_api_compat_flags", "no_cache_api_compat_flags", "2025-04-19", "", "") \
    X(STREAMING_TAIL_WORKER, "streaming_tail_worker", "", "", "", "") \
    X(URLPATTERN_STANDARD, "urlpattern_standard", "urlpattern_original", "2025-05-01", "", "") \
    X(ENABLE_WEAK_REF, "enable_weak_ref", "disable_weak_ref", "2025-05-05", "", "") \
    X(REQUEST_SIGNAL_PASSTHROUGH, "request_signal_passthrough", "no_request_signal_passthrough", "", "", "") \
    X(ENABLE_NAVIGATOR_LANGUAGE, "enable_navigator_language", "disable_navigator_language", "2025-05-19", "", "") \
    X(ENABLE_WEB_FILE_SYSTEM, "enable_web_file_system", "", "", "", "") \
    X(ENABLE_ABORTSIGNAL_RPC, "enable_abortsignal_rpc", "", "", "", "") \
    X(ALLOW_EVAL_DURING_STARTUP, "allow_eval_during_startup", "disallow_eval_during_startup", "2025-06-01", "", "") \
    X(ENABLE_REQUEST_SIGNAL, "enable_request_signal", "disable_request_signal", "", "", "") \
    X(CONNECT_PASS_THROUGH, "connect_pass_through", "", "", "", "") \
    X(BIND_ASYNCLOCALSTORAGE_SNAPSHOT_TO_REQUEST, "bind_asynclocalstorage_snapshot_to_request", "do_not_bind_asynclocalstorage_snapshot_to-request", "2025-06-16", "", "") \
    X(THROW_ON_UNRECOGNIZED_IMPORT_ASSERTION, "throw_on_unrecognized_import_assertion", "ignore_unrecognized_import_assertion", "2025-06-16", "", "") \
    X(UNSUPPORTED_PROCESS_ACTUAL_PLATFORM, "unsupported_process_actual_platform", "", "", "", "") \
    X(ENABLE_NODEJS_PROCESS_V2, "enable_nodejs_process_v2", "disable_nodejs_process_v2", "", "nodejs_compat", "2025-09-15") \
    X(SET_EVENT_TARGET_THIS, "set_event_target_this", "no_set_event_target_this", "2025-08-01", "", "") \
    X(SET_FORWARDABLE_EMAIL_FULL_HEADERS, "set_forwardable_email_full_headers", "set_forwardable_email_single_headers", "2025-08-01", "", "") \
    X(ENABLE_NODEJS_HTTP_MODULES, "enable_nodejs_http_modules", "disable_nodejs_http_modules", "", "nodejs_compat", "2025-08-15") \
    X(PEDANTIC_WPT, "pedantic_wpt", "non_pedantic_wpt", "2020-01-01", "", "") \
    X(EXPOSE_GLOBAL_MESSAGE_CHANNEL, "expose_global_message_channel", "no_expose_global_message_channel", "2025-08-15", "", "") \
    X(ENABLE_NODEJS_HTTP_SERVER_MODULES, "enable_nodejs_http_server_modules", "disable_nodejs_http_server_modules", "", "enable_nodejs_http_modules", "2025-09-01") \
    X(ENABLE_NODEJS_FS_MODULE, "enable_nodejs_fs_module", "disable_nodejs_fs_module", "", "nodejs_compat", "2025-09-15") \
    X(ENABLE_NODEJS_OS_MODULE, "enable_nodejs_os_module", "disable_nodejs_os_module", "", "nodejs_compat", "2025-09-15") \
    X(REMOVE_NODEJS_COMPAT_EOL, "remove_nodejs_compat_eol", "add_nodejs_compat_eol", "", "nodejs_compat", "2025-09-01") \
    X(ENABLE_VALIDATE_WORKFLOW_ENTRYPOINT, "enable_validate_workflow_entrypoint", "disable_validate_workflow_entrypoint", "2025-09-20", "", "") \
    X(TYPESCRIPT_STRIP_TYPES, "typescript_strip_types", "", "", "", "") \
    X(ENABLE_NODEJS_HTTP2_MODULE, "enable_nodejs_http2_module", "disable_nodejs_http2_module", "", "nodejs_compat", "2025-09-01") \
    X(ALLOW_INSECURE_INEFFICIENT_LOGGED_EVAL, "allow_insecure_inefficient_logged_eval", "", "", "", "") \
    X(STRIP_AUTHORIZATION_ON_CROSS_ORIGIN_REDIRECT, "strip_authorization_on_cross_origin_redirect", "retain_authorization_on_cross_origin_redirect", "2025-09-01", "", "") \
    X(ENHANCED_ERROR_SERIALIZATION, "enhanced_error_serialization", "legacy_error_serialization", "2026-04-21", "", "") \
    X(ENABLE_EMAIL_SENDING_QUEUING, "enable_email_sending_queuing", "disable_email_sending_queuing", "", "", "") \
    X(REMOVE_NODEJS_COMPAT_EOL_V22, "remove_nodejs_compat_eol_v22", "add_nodejs_compat_eol_v22", "", "remove_nodejs_compat_eol", "2027-04-30") \
    X(REMOVE_NODEJS_COMPAT_EOL_V23, "remove_nodejs_compat_eol_v23", "add_nodejs_compat_eol_v23", "", "remove_nodejs_compat_eol_v24", "2025-09-01") \
    X(REMOVE_NODEJS_COMPAT_EOL_V24, "remove_nodejs_compat_eol_v24", "add_nodejs_compat_eol_v24", "", "remove_nodejs_compat_eol", "2028-04-30") \
    X(ENABLE_NODEJS_CONSOLE_MODULE, "enable_nodejs_console_module", "disable_nodejs_console_module", "", "nodejs_compat", "2025-09-21") \
    X(ENABLE_NODEJS_VM_MODULE, "enable_nodejs_vm_module", "disable_nodejs_vm_module", "", "nodejs_compat", "2025-10-01") \
    X(ENABLE_NODEJS_PERF_HOOKS_MODULE, "enable_nodejs_perf_hooks_module", "disable_nodejs_perf_hooks_module", "", "nodejs_compat", "2026-03-17") \
    X(ENABLE_GLOBAL_PERFORMANCE_CLASSES, "enable_global_performance_classes", "disable_global_performance_classes", "", "nodejs_compat", "2026-03-17") \
    X(ENABLE_NODEJS_DOMAIN_MODULE, "enable_nodejs_domain_module", "disable_nodejs_domain_module", "", "nodejs_compat", "2025-12-04") \
    X(ENABLE_NODEJS_V8_MODULE, "enable_nodejs_v8_module", "disable_nodejs_v8_module", "", "nodejs_compat", "2026-03-17") \
    X(ENABLE_NODEJS_TTY_MODULE, "enable_nodejs_tty_module", "disable_nodejs_tty_module", "", "nodejs_compat", "2026-03-17") \
    X(ENABLE_NODEJS_PUNYCODE_MODULE, "enable_nodejs_punycode_module", "disable_nodejs_punycode_module", "", "nodejs_compat", "2025-12-04") \
    X(ENABLE_NODEJS_CLUSTER_MODULE, "enable_nodejs_cluster_module", "disable_nodejs_cluster_module", "", "nodejs_compat", "2025-12-04") \
    X(ENABLE_NODEJS_CHILD_PROCESS_MODULE, "enable_nodejs_child_process_module", "disable_nodejs_child_process_module", "", "nodejs_compat", "2026-03-17") \
    X(ENABLE_NODEJS_WORKER_THREADS_MODULE, "enable_nodejs_worker_threads_module", "disable_nodejs_worker_threads_module", "", "nodejs_compat", "2026-03-17") \
    X(ENABLE_NODEJS_STREAM_WRAP_MODULE, "enable_nodejs_stream_wrap_module", "disable_nodejs_stream_wrap_module", "", "nodejs_compat", "2026-01-29") \
    X(ENABLE_NODEJS_WASI_MODULE, "enable_nodejs_wasi_module", "disable_nodejs_wasi_module", "", "nodejs_compat", "2025-12-04") \
    X(ENABLE_NODEJS_DGRAM_MODULE, "enable_nodejs_dgram_module", "disable_nodejs_dgram_module", "", "nodejs_compat", "2026-01-29") \
    X(ENABLE_NODEJS_INSPECTOR_MODULE, "enable_nodejs_inspector_module", "disable_nodejs_inspector_module", "", "nodejs_compat", "2026-01-29") \
    X(ENABLE_NODEJS_TRACE_EVENTS_MODULE, "enable_nodejs_trace_events_module", "disable_nodejs_trace_events_module", "", "nodejs_compat", "2025-12-04") \
    X(ENABLE_NODEJS_READLINE_MODULE, "enable_nodejs_readline_module", "disable_nodejs_readline_module", "", "nodejs_compat", "2026-03-17") \
    X(ENABLE_NODEJS_REPL_MODULE, "enable_nodejs_repl_module", "disable_nodejs_repl_module", "", "nodejs_compat", "2026-03-17") \
    X(ENABLE_NODEJS_SQLITE_MODULE, "enable_nodejs_sqlite_module", "disable_nodejs_sqlite_module", "", "nodejs_compat", "2026-01-29") \
    X(ENABLE_CTX_EXPORTS, "enable_ctx_exports", "disable_ctx_exports", "2025-11-17", "", "") \
    X(ENABLE_FAST_JSG_STRUCT, "enable_fast_jsg_struct", "disable_fast_jsg_struct", "2025-12-03", "", "") \
    X(CACHE_RELOAD_ENABLED, "cache_reload_enabled", "cache_reload_disabled", "", "", "") \
    X(ENABLE_STREAMS_NODEJS_V24_COMPAT, "enable_streams_nodejs_v24_compat", "disable_streams_nodejs_v24_compat", "", "", "") \
    X(IMMUTABLE_API_PROTOTYPES, "immutable_api_prototypes", "mutable_api_prototypes", "", "", "") \
    X(FETCH_ITERABLE_TYPE_SUPPORT, "fetch_iterable_type_support", "no_fetch_iterable_type_support", "2026-02-19", "", "") \
    X(ENV_MODULE_NULLABLE_SUPPORT, "env_module_nullable_support", "no_env_module_nullable_support", "", "", "") \
    X(PRECISE_TIMERS, "precise_timers", "no_precise_timers", "", "", "") \
    X(FETCH_ITERABLE_TYPE_SUPPORT_OVERRIDE_ADJUSTMENT, "fetch_iterable_type_support_override_adjustment", "no_fetch_iterable_type_support_override_adjustment", "", "fetch_iterable_type_support", "2026-01-15") \
    X(STRIP_BOM_IN_READ_ALL_TEXT, "strip_bom_in_read_all_text", "do_not_strip_bom_in_read_all_text", "2026-01-13", "pedantic_wpt", "2026-01-13") \
    X(ALLOW_IRREVOCABLE_STUB_STORAGE, "allow_irrevocable_stub_storage", "", "", "", "") \
    X(RPC_PARAMS_DUP_STUBS, "rpc_params_dup_stubs", "rpc_params_transfer_stubs", "2026-01-20", "", "") \
    X(ENABLE_NODEJS_GLOBAL_TIMERS, "enable_nodejs_global_timers", "no_nodejs_global_timers", "", "nodejs_compat", "2026-02-10") \
    X(STREAMS_NO_DEFAULT_AUTO_ALLOCATE_CHUNK_SIZE, "streams_no_default_auto_allocate_chunk_size", "streams_auto_allocate_chunk_size_default", "", "", "") \
    X(REQUIRE_RETURNS_DEFAULT_EXPORT, "require_returns_default_export", "require_returns_namespace", "2026-01-22", "", "") \
    X(QUEUE_EXPOSE_ERROR_CODES, "queue_expose_error_codes", "no_queue_expose_error_codes", "2026-03-12", "", "") \
    X(TEXT_DECODER_REPLACE_SURROGATES, "text_decoder_replace_surrogates", "disable_text_decoder_replace_surrogates", "2026-02-24", "pedantic_wpt", "2026-02-24") \
    X(CONTAINERS_PID_NAMESPACE, "containers_pid_namespace", "no_containers_pid_namespace", "2026-04-01", "", "") \
    X(DELETE_ALL_DELETES_ALARM, "delete_all_deletes_alarm", "delete_all_preserves_alarm", "2026-02-24", "", "") \
    X(UNHANDLED_REJECTION_AFTER_MICROTASK_CHECKPOINT, "unhandled_rejection_after_microtask_checkpoint", "no_unhandled_rejection_after_microtask_checkpoint", "2026-03-03", "", "") \
    X(TEXT_DECODER_CJK_DECODER, "text_decoder_cjk_decoder", "disable_text_decoder_cjk_decoder", "2026-03-03", "", "") \
    X(WEBSOCKET_CLOSE_REASON_BYTE_LIMIT, "websocket_close_reason_byte_limit", "no_websocket_close_reason_byte_limit", "2026-03-03", "", "") \
    X(ENABLE_VERSION_API, "enable_version_api", "", "", "", "") \
    X(WEBSOCKET_STANDARD_BINARY_TYPE, "websocket_standard_binary_type", "no_websocket_standard_binary_type", "2026-03-17", "", "") \
    X(WRITABLE_STREAM_SPEC_COMPLIANT_WRITER, "writable_stream_spec_compliant_writer", "no_writable_stream_spec_compliant_writer", "2026-03-24", "", "") \
    X(ENCODER_STREAM_SPEC_COMPLIANT_BACKPRESSURE, "encoder_stream_spec_compliant_backpressure", "no_encoder_stream_spec_compliant_backpressure", "2026-03-24", "", "") \
    X(SPEC_COMPLIANT_PROPERTY_ATTRIBUTES, "spec_compliant_property_attributes", "no_spec_compliant_property_attributes", "", "", "") \
    X(WORKFLOWS_PRESERVE_NON_RETRYABLE_ERROR_MESSAGE, "workflows_preserve_non_retryable_error_message", "workflows_replace_non_retryable_error_message", "2026-05-14", "", "") \
    X(WEB_SOCKET_AUTO_REPLY_TO_CLOSE, "web_socket_auto_reply_to_close", "web_socket_manual_reply_to_close", "2026-04-07", "", "") \
    X(ENABLE_CTX_VERSION_METADATA, "enable_ctx_version_metadata", "", "", "", "") \
    X(NO_RESIZABLE_ARRAY_BUFFER_IN_BLOB, "no_resizable_array_buffer_in_blob", "resizable_array_buffer_in_blob", "", "", "") \
    X(DIAGNOSTICS_CHANNEL_HAS_SUBSCRIBERS_GETTER, "diagnostics_channel_has_subscribers_getter", "no_diagnostics_channel_has_subscribers_getter", "2026-05-19", "", "") \
    X(WORKFLOWS_STEP_ROLLBACK, "workflows_step_rollback", "", "", "", "") \
    X(THROW_ON_NOT_IMPLEMENTED_TLS_OPTIONS, "throw_on_not_implemented_tls_options", "no_throw_on_not_implemented_tls_options", "2026-06-16", "", "") \
    X(AUTO_GRPC_CONVERT, "auto_grpc_convert", "", "", "", "") \
    X(ENABLE_NODEJS_INSPECTOR_LOCAL_DEV, "enable_nodejs_inspector_local_dev", "", "", "", "") \
    X(D1_BINDING_JSRPC, "d1_binding_jsrpc", "", "", "", "") \
    X(WORKFLOWS_BINDINGS_RPC, "workflows_bindings_rpc", "", "", "", "") \
    X(TYPESCRIPT_IMPLEMENTED_STREAMS, "typescript_implemented_streams", "", "", "", "") \
    X(EXPOSE_DRAINING_READER, "expose_draining_reader", "", "", "", "") \
    X(WORKFLOWS_ENABLE_FAST_ENGINE_CREATION, "workflows_enable_fast_engine_creation", "workflows_disable_fast_engine_creation", "2026-08-11", "", "") \
    X(WASM_MEMORY_DISCARD, "wasm_memory_discard", "", "", "", "")
// clang-format on

enum compat {
#define X(name, on, off, since, by, by_since) COMPAT_##name,
    COMPAT_TABLE(X)
#undef X
        COMPAT_COUNT
};

bool compat_on(const struct version *v, enum compat flag);
struct span compat_name(enum compat flag); /* what turns it on */
/* COMPAT_COUNT: there is no such flag. */
enum compat compat_find(struct span name);

#endif
