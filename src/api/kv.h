/* What struct api keeps for KV: where the store's writer thread leaves the results of this isolate's writes, for the
 * loop to pick up. Shared by the isolate and its writes under way, so that either may go first. */
#ifndef API_KV_H
#define API_KV_H

struct kv_mail;

/* The isolate goes. NULL is fine. Loop's thread. */
void kv_mail_leave(struct kv_mail *mail);

#endif
