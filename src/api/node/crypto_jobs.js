// Natives of crypto_jobs.c, for the other files of node:crypto.
return natives;
