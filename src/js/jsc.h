/* The engine's C interface, for this room's .c files only: its public headers, plus functions that the library
 * exports and no installed header declares (the signatures were verified by use; engine.c tries them at start). */
#ifndef JS_JSC_H
#define JS_JSC_H

#include <JavaScriptCore/JavaScript.h>
#include <stdbool.h>
#include <stddef.h>

void JSLock(JSContextRef ctx);
void JSUnlock(JSContextRef ctx);

typedef bool (*JSShouldTerminateCallback)(JSContextRef ctx, void *data);
void JSContextGroupSetExecutionTimeLimit(JSContextGroupRef group, double seconds,
                                         JSShouldTerminateCallback callback, void *data);
void JSContextGroupClearExecutionTimeLimit(JSContextGroupRef group);
void JSGlobalContextSetUnhandledRejectionCallback(JSGlobalContextRef ctx, JSObjectRef fn,
                                                  JSValueRef *exception);
void JSGlobalContextSetEvalEnabled(JSGlobalContextRef ctx, bool enabled, JSStringRef message);

JSObjectRef JSGetMemoryUsageStatistics(JSContextRef ctx);
void JSSynchronousGarbageCollectForDebugging(JSContextRef ctx);
void JSDisableGCTimer(void);
bool JSConfigureSignalForGC(int signal_number);
void JSReportExtraMemoryCost(JSContextRef ctx, size_t bytes);
typedef void (*JSHeapFinalizer)(JSContextGroupRef group, void *data);
void JSContextGroupAddHeapFinalizer(JSContextGroupRef group, JSHeapFinalizer finalizer, void *data);
void JSContextGroupRemoveHeapFinalizer(JSContextGroupRef group, JSHeapFinalizer finalizer, void *data);

bool JSContextGroupEnableSamplingProfiler(JSContextGroupRef group);
void JSContextGroupDisableSamplingProfiler(JSContextGroupRef group);
JSStringRef JSContextGroupTakeSamplesFromSamplingProfiler(JSContextGroupRef group);

typedef struct OpaqueJSWeak *JSWeakRef;
JSWeakRef JSWeakCreate(JSContextGroupRef group, JSObjectRef object);
JSObjectRef JSObjectGetProxyTarget(JSObjectRef proxy);
void JSWeakRelease(JSContextGroupRef group, JSWeakRef weak);
JSObjectRef JSWeakGetObject(JSWeakRef weak);

typedef struct OpaqueJSScript *JSScriptRef;
void JSScriptRelease(JSScriptRef script);
JSScriptRef JSScriptCreateReferencingImmortalASCIIText(JSContextGroupRef group, JSStringRef url,
                                                       int first_line, const char *text, size_t bytes,
                                                       JSStringRef *error, int *error_line);
JSScriptRef JSScriptCreateFromString(JSContextGroupRef group, JSStringRef url, int first_line,
                                     JSStringRef source, JSStringRef *error, int *error_line);
JSValueRef JSScriptEvaluate(JSContextRef ctx, JSScriptRef script, JSValueRef this_value,
                            JSValueRef *exception);

#endif
