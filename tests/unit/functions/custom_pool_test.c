/* Which environment serves an invocation, and when one goes: reuse, room, retirement, idling, provisioned ones. */
#include "tests/unit/functions/custom_rig.h"

struct one {				/* an environment with its runtime */
	struct call c;
	struct teller t;
};

static void begin(struct rig *r, struct one *o, struct recipe *recipe)
{
	*o = (struct one){0};
	rig_invoke(r, &o->c, recipe);
	o->t = rig_teller(r);
	tell_next(&o->t);
}

static void end(struct one *o)
{
	assert_int_equal(tell_response(&o->t, "1"), RUNTIME_ACCEPTED);
	tell_next(&o->t);
	assert_int_equal(o->c.dones, 1);
}

static void of_several_the_one_used_last_serves(void **state)
{
	struct rig r;
	struct one a, b;
	struct call c = {0};
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_open(&r, state, 4);
	begin(&r, &a, recipe);
	begin(&r, &b, recipe);
	assert_int_equal(paper_starts, 2);
	end(&b);
	end(&a);
	rig_invoke(&r, &c, recipe);
	assert_int_equal(a.t.events, 2);
	assert_int_equal(b.t.events, 1);
	assert_int_equal(paper_starts, 2);
	rig_end(&r, recipe);
}

static void another_recipe_gets_another_environment(void **state)
{
	struct rig r;
	struct one a, b;
	struct recipe *one = rig_recipe("1", RUNTIME_PROVIDED), *two = rig_recipe("2", RUNTIME_PROVIDED), *same = rig_recipe("1", RUNTIME_PROVIDED);
	struct call c = {0};

	rig_open(&r, state, 4);
	begin(&r, &a, one);
	end(&a);
	begin(&r, &b, two);
	assert_int_equal(a.t.events, 1);
	rig_invoke(&r, &c, same);	/* another copy of the same key */
	assert_int_equal(a.t.events, 2);
	rig_close(&r);
	recipe_unref(one);
	recipe_unref(two);
	recipe_unref(same);
}

static void idle_ones_end_after_their_time(void **state)
{
	struct rig r;
	struct one a;
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_open(&r, state, 4);
	custom_close(r.pool, rig_on_closed, &r);
	RIG_UNTIL(&r, r.closed);
	r.spec.idle_ms = 30;
	r.closed = false;
	assert_int_equal(custom_open(&r.pool, &r.spec), 0);
	begin(&r, &a, recipe);
	end(&a);
	RIG_UNTIL(&r, !papers);
	assert_int_equal(a.t.closings, 1);
	begin(&r, &a, recipe);
	paper_exit(papers, 0, 1 << 8);
	RIG_UNTIL(&r, a.c.dones == 1);
	RIG_UNTIL(&r, !papers);		/* one without processes, too */
	rig_end(&r, recipe);
}

static void past_the_most_an_idle_one_makes_room(void **state)
{
	struct rig r;
	struct one a, b, d;
	struct call crowded = {0};
	struct recipe *one = rig_recipe("1", RUNTIME_PROVIDED), *two = rig_recipe("2", RUNTIME_PROVIDED);

	rig_open(&r, state, 2);
	begin(&r, &a, one);
	begin(&r, &b, one);
	end(&a);
	end(&b);
	begin(&r, &d, two);		/* `a` has not been used for longer */
	assert_int_equal(a.t.closings, 1);
	assert_int_equal(b.t.closings, 0);
	assert_int_equal(paper_starts, 3);
	b.c = (struct call){0};
	rig_invoke(&r, &b.c, one);
	rig_invoke(&r, &crowded, two);
	assert_int_equal(crowded.dones, 0);
	RIG_UNTIL(&r, crowded.dones == 1);
	assert_int_equal(crowded.i.end, CUSTOM_CROWDED);
	assert_int_equal(paper_starts, 3);
	rig_close(&r);
	recipe_unref(one);
	recipe_unref(two);
}

static void a_newer_revision_retires_the_older_one(void **state)
{
	struct rig r;
	struct one idle, busy, seven;
	struct recipe *old = rig_recipe("1:a", RUNTIME_PROVIDED), *new = rig_recipe("1:b", RUNTIME_PROVIDED),
		      *version = rig_recipe("1:7", RUNTIME_PROVIDED);

	version->version = STR("7");
	rig_open(&r, state, 8);
	begin(&r, &idle, old);
	begin(&r, &busy, old);
	end(&idle);
	begin(&r, &seven, version);
	end(&seven);
	custom_retire(r.pool, '1', new);
	RIG_UNTIL(&r, idle.t.closings == 1);
	end(&busy);			/* it comes to its end first */
	RIG_UNTIL(&r, busy.t.closings == 1);
	assert_int_equal(seven.t.closings, 0);	/* versions never change */
	custom_retire(r.pool, '2', NULL);
	assert_int_equal(seven.t.closings, 0);
	custom_retire(r.pool, '1', NULL);
	RIG_UNTIL(&r, seven.t.closings == 1);
	rig_close(&r);
	recipe_unref(old);
	recipe_unref(new);
	recipe_unref(version);
}

static void a_retired_one_serves_nobody_else(void **state)
{
	struct rig r;
	struct one a;
	struct call c = {0};
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_open(&r, state, 4);
	begin(&r, &a, recipe);
	custom_retire(r.pool, '1', NULL);
	end(&a);
	rig_invoke(&r, &c, recipe);
	assert_int_equal(paper_starts, 2);
	rig_end(&r, recipe);
}

static void provisioned_ones_are_ready_before_they_are_needed(void **state)
{
	struct rig r;
	struct teller t[2];
	struct call c = {0};
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);
	bool failed;
	int ready;

	rig_open(&r, state, 4);
	custom_provision(r.pool, recipe, 2);
	RIG_UNTIL(&r, r.attached == 2);
	custom_provisioned(r.pool, recipe, &ready, &failed);
	assert_int_equal(ready, 0);
	for (int i = 0; i < 2; i++) {
		t[i] = (struct teller){ .e = r.environments[i] };
		tell_next(&t[i]);
	}
	custom_provisioned(r.pool, recipe, &ready, &failed);
	assert_int_equal(ready, 2);
	assert_false(failed);
	assert_true(has_variable(papers, 0, "AWS_LAMBDA_INITIALIZATION_TYPE=provisioned-concurrency"));
	assert_true(rig_logged(&r, "\tPhase: init\tStatus: success\n"));
	rig_invoke(&r, &c, recipe);
	assert_int_equal(paper_starts, 2);
	assert_int_equal(t[0].events + t[1].events, 1);
	tell_response(&t[t[1].events], "1");
	tell_next(&t[t[1].events]);
	assert_int_equal(c.dones, 1);
	assert_true(c.i.report.provisioned && c.i.report.init_us > 0);
	assert_non_null(strstr(c.tail, "Init Duration"));
	rig_end(&r, recipe);
}

static void provisioned_init_is_not_billed(void **state)
{
	struct rig r;
	struct teller t = {0};
	struct call c = {0};
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_open(&r, state, 4);
	custom_provision(r.pool, recipe, 1);
	RIG_UNTIL(&r, r.attached == 1);
	t.e = r.environments[0];
	clock_advance_ms(5000);
	tell_next(&t);
	rig_invoke(&r, &c, recipe);
	tell_response(&t, "1");
	tell_next(&t);
	assert_true(c.i.report.init_us > 5000000);
	assert_null(strstr(c.tail, "Billed Duration: 5"));
	rig_end(&r, recipe);
}

static void provisioned_ones_are_replaced_and_given_up(void **state)
{
	struct rig r;
	struct teller t = {0}, second = {0};
	struct call c = {0};
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);
	bool failed;
	int ready;

	rig_open(&r, state, 4);
	custom_provision(r.pool, recipe, 1);
	RIG_UNTIL(&r, r.attached == 1);
	t.e = r.environments[0];
	tell_next(&t);
	rig_invoke(&r, &c, recipe);
	paper_exit(papers, 0, 1 << 8);
	RIG_UNTIL(&r, c.dones == 1);
	RIG_UNTIL(&r, r.attached == 2);
	second.e = r.environments[1];
	tell_next(&second);
	custom_provisioned(r.pool, recipe, &ready, &failed);
	assert_int_equal(ready, 1);
	custom_provision(r.pool, recipe, 0);
	RIG_UNTIL(&r, second.closings == 1);
	custom_provision(r.pool, recipe, 1);
	assert_int_equal(paper_starts, 3);
	custom_retire(r.pool, '1', NULL);	/* the function is no more */
	RIG_UNTIL(&r, !papers);
	custom_provisioned(r.pool, recipe, &ready, &failed);
	assert_int_equal(ready, 0);
	assert_int_equal(paper_starts, 3);
	rig_end(&r, recipe);
}

static void a_provisioned_init_that_fails_is_told_and_tried_later(void **state)
{
	struct rig r;
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);
	bool failed;
	int ready;

	rig_open(&r, state, 4);
	custom_provision(r.pool, recipe, 1);
	RIG_UNTIL(&r, r.attached == 1);
	paper_exit(papers, 0, 1 << 8);
	RIG_UNTIL(&r, !papers);
	custom_provisioned(r.pool, recipe, &ready, &failed);
	assert_int_equal(ready, 0);
	assert_true(failed);
	for (int i = 0; i < 5; i++)
		rig_turn(&r);
	assert_int_equal(paper_starts, 1);	/* not at once */
	clock_advance_ms(2000);
	RIG_UNTIL(&r, paper_starts == 2);
	rig_end(&r, recipe);
}

static void provisioned_ones_do_not_make_room(void **state)
{
	struct rig r;
	struct teller t = {0};
	struct call c = {0};
	struct recipe *one = rig_recipe("1", RUNTIME_PROVIDED), *two = rig_recipe("2", RUNTIME_PROVIDED);

	rig_open(&r, state, 1);
	custom_provision(r.pool, one, 1);
	RIG_UNTIL(&r, r.attached == 1);
	t.e = r.environments[0];
	tell_next(&t);
	rig_invoke(&r, &c, two);
	RIG_UNTIL(&r, c.dones == 1);
	assert_int_equal(c.i.end, CUSTOM_CROWDED);
	assert_int_equal(t.closings, 0);
	rig_close(&r);
	recipe_unref(one);
	recipe_unref(two);
}

static void count_view(void *owner, const struct custom_view *v)
{
	struct custom_view *sum = owner;

	assert_non_null(v->recipe);
	sum->state = v->state;
	sum->invocations += v->invocations;
	sum->memory_peak_kb = v->memory_peak_kb;
}

static void health_counts_them(void **state)
{
	struct rig r;
	struct one a;
	struct call c = {0};
	struct custom_health h;
	struct custom_view sum = {0};
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_open(&r, state, 4);
	begin(&r, &a, recipe);
	rig_invoke(&r, &c, recipe);
	custom_get_health(r.pool, &h);
	assert_int_equal(h.busy, 1);
	assert_int_equal(h.starting, 1);
	assert_int_equal(h.idle, 0);
	assert_int_equal(h.spawned, 2);
	end(&a);
	custom_get_health(r.pool, &h);
	assert_int_equal(h.idle, 1);
	assert_int_equal(h.cage.rung, CAGE_B);
	custom_each(r.pool, count_view, &sum);
	assert_int_equal(sum.invocations, 1);
	rig_end(&r, recipe);
}

static void open_with_a_way_out(struct rig *r, void **state)
{
	rig_open(r, state, 4);
	custom_close(r->pool, rig_on_closed, r);
	RIG_UNTIL(r, r->closed);
	r->closed = false;
	r->spec.outbound = "/usr/bin/carrier";
	paper_stays_down = true;
	assert_int_equal(custom_open(&r->pool, &r->spec), 0);
	assert_non_null(papers);
	assert_true(papers->spec.plan.outbound);
	assert_string_equal(papers->spec.outbound, "/usr/bin/carrier");
}

static bool has_way_out(struct rig *r)
{
	struct custom_health h;

	custom_get_health(r->pool, &h);
	assert_int_equal(h.spawned, 0);		/* the trial is nobody's environment */
	return h.outbound;
}

static void a_way_out_can_be_had_when_a_cage_has_had_one(void **state)
{
	struct rig r;

	open_with_a_way_out(&r, state);
	assert_false(has_way_out(&r));
	paper_up(papers);
	assert_true(has_way_out(&r));
	RIG_UNTIL(&r, !papers);
	assert_true(has_way_out(&r));
	rig_close(&r);
}

static void it_cannot_when_that_cage_did_not_come_up(void **state)
{
	struct rig r;

	open_with_a_way_out(&r, state);
	paper_gone(papers, "no device", false);
	assert_false(has_way_out(&r));
	rig_close(&r);
}

static void the_pool_closes_while_that_is_tried(void **state)
{
	struct rig r;

	open_with_a_way_out(&r, state);
	rig_close(&r);
	assert_null(papers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(of_several_the_one_used_last_serves),
		T(another_recipe_gets_another_environment),
		T(idle_ones_end_after_their_time),
		T(past_the_most_an_idle_one_makes_room),
		T(a_newer_revision_retires_the_older_one),
		T(a_retired_one_serves_nobody_else),
		T(provisioned_ones_are_ready_before_they_are_needed),
		T(provisioned_init_is_not_billed),
		T(provisioned_ones_are_replaced_and_given_up),
		T(a_provisioned_init_that_fails_is_told_and_tried_later),
		T(provisioned_ones_do_not_make_room),
		T(health_counts_them),
		T(a_way_out_can_be_had_when_a_cage_has_had_one),
		T(it_cannot_when_that_cage_did_not_come_up),
		T(the_pool_closes_while_that_is_tried),
	};

	return cmocka_run_group_tests(tests, rig_warm_up, NULL);
}
