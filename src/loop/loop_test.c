/* loop: rounds, posts, timers, deadlines, idle time, work, poll, signals. It could pass wrongly if callbacks that never come
 * were not missed: each test counts them, and a loop that hangs fails by test_run(). */
#include <signal.h>
#include <unistd.h>

#include "loop/clock.h"
#include "loop/deadline.h"
#include "loop/poll.h"
#include "loop/signals.h"
#include "loop/testing.h"
#include "loop/thread.h"
#include "loop/work.h"

/* Deferred. */

struct chain {
    struct deferred d;
    struct loop *loop;
    int runs, again;
    bool inside;
};

static void chain_run(void *arg) {
    struct chain *c = arg;
    assert_false(c->inside);
    c->runs++;
    c->inside = true;
    if (c->again-- > 0) loop_defer(c->loop, &c->d);
    c->inside = false;
}

static void deferred_work_runs_in_bounded_rounds(void **state) {
    struct loop *loop = loop_new();
    struct chain c = {.loop = loop, .again = 20};
    deferred_init(&c.d, chain_run, &c);
    loop_defer(loop, &c.d);
    loop_defer(loop, &c.d);
    assert_int_equal(c.runs, 0);            /* never inside the call */
    loop_turn(loop, true);                  /* does not block: work is left */
    assert_true(c.runs == 2 * LOOP_ROUNDS); /* before the poll, and after it */
    while (c.again >= 0) loop_turn(loop, true);
    assert_int_equal(c.runs, 21);
    c.again = 5;
    loop_defer(loop, &c.d);
    deferred_cancel(&c.d);
    deferred_cancel(&c.d);
    loop_turn(loop, false);
    assert_int_equal(c.runs, 21);
    loop_free(loop);
}

/* Posts. */

enum { POSTERS = 4, POSTS = 20000 };

struct poster {
    struct loop *loop;
    struct thread *thread;
    int seen;
    int *finished;
};
struct letter {
    struct poster *from;
    int number;
};

static void read_letter(void *arg) {
    struct letter *l = arg;
    check(l->number == l->from->seen++); /* in order for each thread */
    if (l->from->seen == POSTS && ++*l->from->finished == POSTERS) loop_stop(l->from->loop);
    free(l);
}

static void poster_main(void *arg) {
    struct poster *p = arg;
    for (int i = 0; i < POSTS; i++) {
        struct letter *l = malloc(sizeof *l);
        *l = (struct letter){p, i};
        loop_post(p->loop, read_letter, l);
    }
}

static void posts_arrive_in_order(void **state) {
    struct loop *loop = loop_new();
    struct poster posters[POSTERS];
    int finished = 0;
    for (int i = 0; i < POSTERS; i++) {
        posters[i] = (struct poster){.loop = loop, .finished = &finished};
        assert_int_equal(thread_start("poster", 0, poster_main, &posters[i], &posters[i].thread), ERR_OK);
    }
    test_run(loop);
    for (int i = 0; i < POSTERS; i++) thread_join(posters[i].thread);
    loop_stop_from_any_thread(loop);
    test_run(loop);
    loop_free(loop);
}

/* Timers and deadlines. */

struct ticker {
    struct timer *timer;
    struct loop *loop;
    int ticks;
};

static void on_tick(void *arg) {
    struct ticker *t = arg;
    if (++t->ticks < 3) return;
    timer_free(t->timer); /* inside its own callback */
    loop_stop(t->loop);
}

static void timers_repeat_and_end(void **state) {
    struct loop *loop = loop_new();
    struct ticker t = {.loop = loop};
    t.timer = timer_new(loop, on_tick, &t);
    uint64_t before = clock_monotonic_ns();
    timer_start(t.timer, 20, 10);
    assert_true(timer_active(t.timer));
    test_run(loop);
    assert_true(clock_monotonic_ns() - before >= 39 * 1000000ull);
    loop_turn(loop, false);
    assert_int_equal(t.ticks, 3);
    loop_free(loop);
}

struct member {
    struct deadline d;
    int due;
    uint64_t due_ms, set_ms;
};
struct members {
    struct loop *loop;
    struct member m[100];
    int due, expected;
};

static void on_member_due(void *arg, struct deadline *d) {
    struct members *all = arg;
    struct member *m = LIST_ITEM(d, struct member, d);
    assert_false(deadline_is_set(d));
    m->due++;
    m->due_ms = loop_now_ms(all->loop);
    if (++all->due == all->expected) loop_stop(all->loop);
}

static void deadlines_come_late_but_never_early(void **state) {
    static struct members all;
    struct loop *loop = loop_new();
    all = (struct members){.loop = loop, .expected = 99};
    struct deadline_queue *q = deadline_queue_new(loop, 80, on_member_due, &all);
    for (int round = 0; round < 2; round++) { /* the second time moves them */
        for (int i = 0; i < 100; i++) {
            if (round == 0) deadline_init(&all.m[i].d);
            deadline_set(q, &all.m[i].d);
            all.m[i].set_ms = loop_now_ms(loop);
        }
        usleep(30000);
        loop_turn(loop, false);
        assert_int_equal(all.due, 0);
    }
    deadline_clear(&all.m[42].d);
    deadline_clear(&all.m[42].d);
    test_run(loop);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(all.m[i].due, i != 42);
        if (i != 42) assert_true(all.m[i].due_ms >= all.m[i].set_ms + 80);
    }
    deadline_set(q, &all.m[0].d);
    deadline_queue_free(q);
    assert_false(deadline_is_set(&all.m[0].d));
    loop_free(loop);
}

/* Idle time. */

struct quiet {
    struct loop *loop;
    int runs;
    struct deferred work;
};
static void on_quiet(void *arg) { ((struct quiet *)arg)->runs++; }
static void no_work(void *arg) {}

static void idle_time_comes_once_until_something_happens(void **state) {
    struct loop *loop = loop_new();
    struct quiet q = {.loop = loop};
    deferred_init(&q.work, no_work, NULL);
    struct loop_idle *idle = loop_idle_new(loop, 20, on_quiet, &q);
    assert_false(test_run_for(loop, 150));
    assert_int_equal(q.runs, 1);
    loop_defer(loop, &q.work);
    assert_false(test_run_for(loop, 150));
    assert_int_equal(q.runs, 2);
    loop_idle_free(idle);
    loop_free(loop);
}

/* Work. */

struct job {
    struct loop *loop;
    int *left;
    int value;
};
static void square(void *arg) { ((struct job *)arg)->value *= ((struct job *)arg)->value; }
static void squared(void *arg) {
    struct job *j = arg;
    if (--*j->left == 0) loop_stop(j->loop);
}

static void work_is_done_and_bounded(void **state) {
    static struct job jobs[2000];
    struct loop *loop = loop_new();
    int accepted = 0, left = 0;
    for (int i = 0; i < 2000; i++) {
        jobs[i] = (struct job){loop, &left, i};
        enum err e = work_run(loop, square, squared, &jobs[i]);
        if (e) assert_int_equal(e, ERR_OVERLOAD);
        accepted += e == ERR_OK;
    }
    assert_true(accepted >= 1000 && accepted < 2000);
    assert_int_equal(work_waiting(loop), accepted);
    left = accepted;
    test_run(loop);
    for (int i = 0; i < accepted; i++) assert_int_equal(jobs[i].value, i * i);
    assert_int_equal(work_waiting(loop), 0);
    loop_free(loop);
}

/* Poll and signals. */

struct polled {
    struct loop *loop;
    struct poll *poll;
    char got;
};
static void on_pipe_ready(void *arg, int fd, unsigned ready) {
    struct polled *p = arg;
    assert_true(ready & POLL_READ);
    assert_int_equal(read(fd, &p->got, 1), 1);
    poll_close(p->poll);
    loop_stop(p->loop);
}

static void foreign_descriptors_are_polled(void **state) {
    struct loop *loop = loop_new();
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    struct polled p = {.loop = loop};
    assert_int_equal(poll_open(loop, fds[0], on_pipe_ready, &p, &p.poll), ERR_OK);
    poll_set(p.poll, POLL_READ);
    assert_int_equal(write(fds[1], "x", 1), 1);
    poll_set(p.poll, 0);
    loop_turn(loop, false);
    assert_int_equal(p.got, 0); /* paused */
    poll_set(p.poll, POLL_READ);
    test_run(loop);
    assert_int_equal(p.got, 'x');
    FILE *regular = tmpfile();
    assert_int_equal(poll_open(loop, fileno(regular), on_pipe_ready, &p, &p.poll), ERR_INVALID);
    fclose(regular);
    close(fds[0]);
    close(fds[1]);
    loop_free(loop);
}

static void on_usr1(void *arg, int number) {
    assert_int_equal(number, SIGUSR1);
    loop_stop(arg);
}

static void signals_are_callbacks(void **state) {
    struct loop *loop = loop_new();
    struct signals *s = NULL;
    assert_int_equal(signals_open(loop, SIGUSR1, on_usr1, loop, &s), ERR_OK);
    raise(SIGUSR1);
    test_run(loop);
    signals_close(s);
    assert_int_equal(signals_open(loop, SIGKILL, on_usr1, loop, &s), ERR_INVALID);
    loop_free(loop);
}

static void clocks_go_on(void **state) {
    uint64_t m = clock_monotonic_ns(), t = clock_thread_cpu_ns(), p = clock_process_cpu_ns();
    volatile unsigned x = 0;
    while (x < 3000000) x += 1;
    assert_true(clock_monotonic_ns() > m && clock_thread_cpu_ns() > t && clock_process_cpu_ns() > p);
    assert_true(clock_realtime_ms() > 1600000000000);
    assert_true(thread_cpu_count() >= 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deferred_work_runs_in_bounded_rounds),
        cmocka_unit_test(posts_arrive_in_order),
        cmocka_unit_test(timers_repeat_and_end),
        cmocka_unit_test(deadlines_come_late_but_never_early),
        cmocka_unit_test(idle_time_comes_once_until_something_happens),
        cmocka_unit_test(work_is_done_and_bounded),
        cmocka_unit_test(foreign_descriptors_are_polled),
        cmocka_unit_test(signals_are_callbacks),
        cmocka_unit_test(clocks_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
