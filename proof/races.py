"""Two runs at once give what one after the other gives."""

from __future__ import annotations

import threading
from random import Random

from experiment import Finding, Place
from warehouse import FACTS, PLANS, PORTFOLIOS, a_run, contents, make_tables

from wdh.apply import apply_plan
from wdh.errors import WdhError


def prove_races(place: Place, *, rounds: int, seed: int) -> Finding:
    """Let two to four runs loose on overlapping keys, tables named in opposite orders, with and without a key."""
    random = Random(seed)
    losses = runs = 0
    for unique in (True, False):
        place.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        make_tables(place, unique=unique)
        for _ in range(rounds // 2):
            place.execute(f"TRUNCATE {PLANS.sql}, {PORTFOLIOS.sql}, {FACTS.sql}")
            keys = [[f"K{random.randint(1, 30):02}" for _ in range(20)] for _ in range(random.randint(2, 4))]
            wanted = [sorted(set(some)) for some in keys]
            runs += len(wanted)
            errors = _race(place, wanted)
            losses += len(errors) + _differences(place, wanted)
    return Finding("7: two runs at once", f"{runs} runs in {rounds} races, both insert paths", rounds, 0, losses)


def _race(place: Place, wanted: list[list[str]]) -> list[WdhError]:
    start = threading.Barrier(len(wanted))
    errors: list[WdhError] = []

    def work(number: int) -> None:
        with (
            place.connect() as connection,
            a_run(wanted[number], scope=f"S{number % 2}", backwards=number % 2 == 1) as plan,
        ):
            start.wait()
            try:
                apply_plan(plan, connection, lock_timeout="60s")
            except WdhError as error:
                errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(wanted))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def _differences(place: Place, wanted: list[list[str]]) -> int:
    """Count reference keys that are missing or doubled, and scopes whose facts are not those of one whole run."""
    plans, portfolios, facts = contents(place)
    expected = [(key, f"名{key}") for key in sorted({key for some in wanted for key in some})]
    wrong = (plans != expected) + (portfolios != expected)
    for scope in {f"S{number % 2}" for number in range(len(wanted))}:
        sizes = {len(some) for number, some in enumerate(wanted) if f"S{number % 2}" == scope}
        wrong += sum(fact[1] == scope for fact in facts) not in sizes
    return wrong
