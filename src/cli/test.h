/* `cusp test FILE|DIR|JSON...`: runs the test handlers of Workers in the real runtime.
 *
 *     export const adds = { async test(controller, env, ctx) { if (1 + 1 !== 2) throw new Error("no"); } };
 *
 * For each Worker and each of its exports that has test(): it is called, as an event of its own, and passes when what it returns
 * resolves. docs/test.md is the manual. */
#ifndef CLI_TEST_H
#define CLI_TEST_H

/* argv after "test". Exit status: 0 all passed, 1 something failed or there was no test, 2 wrong usage. */
int test_main(int argc, char **argv);

#endif
