"""A policy that cannot work is refused in words that name the key."""

from __future__ import annotations

import pytest

from app.curation.policy import parse_policy, revised
from app.errors import OperatorError
from app.policy_files import default_policy_toml, read_policy

WEATHER = '[attributes.weather]\nkind = "category"\n'
BUDGET = "[budget]\nshare_ratio = 0.1\n"
SOUND = BUDGET + WEATHER
NUMERIC = '[attributes.x]\nkind = "numeric"\nmeasure = "speed"\n'
JOINT = '[attributes.j]\nkind = "joint"\n'


@pytest.mark.parametrize(
    ("toml", "key", "why"),
    [
        ("[budget", "policy of a test", "not TOML"),
        (WEATHER, "budget", "required"),
        ("[budget]\n" + WEATHER, "budget", "needs one of share_ratio"),
        ("[budget]\nshare_ratio = 1.5\n" + WEATHER, "budget.share_ratio", "less than or equal to 1"),
        ("[budget]\nshare_ratio = -0.1\n" + WEATHER, "budget.share_ratio", "greater than or equal to 0"),
        ("[budget]\nshare_ratio = nan\n" + WEATHER, "budget.share_ratio", "finite"),
        ("[budget]\ntotal_bytes = -1\n" + WEATHER, "budget.total_bytes", "greater than or equal to 0"),
        ("[budget]\nshare_ration = 0.1\n" + WEATHER, "budget.share_ration", "not permitted"),
        (BUDGET + "[attributes]\n", "policy", "needs at least one"),
        (SOUND + "weight = 0\n", "policy", "all weights are zero"),
        (SOUND + "weight = inf\n", "attributes.weather.weight", "finite"),
        (SOUND + "target = {clear = 0.5, rainy = 0.4}\n", "attributes.weather", "sum to 0.9, not to 1"),
        (SOUND + 'values = ["clear"]\ntarget = {rainy = 1.0}\n', "attributes.weather", "not in the vocabulary"),
        (SOUND + 'values = ["clear", "clear"]\n', "attributes.weather", "repeated"),
        (SOUND + 'values = ["unknown"]\n', "attributes.weather", "reserved"),
        (BUDGET + '[attributes.x]\nkind = "colour"\n', "attributes.x", "does not match any"),
        (BUDGET + NUMERIC + "edges = [2, 1]\n", "attributes.x", "greater than"),
        (SOUND + JOINT + 'of = ["weather", "scene"]\n', "policy", "no attribute 'scene'"),
        (
            SOUND + '[attributes.o]\nkind = "presence"\n' + JOINT + 'of = ["weather", "o"]\n',
            "policy",
            "'o' is presence",
        ),
    ],
)  # fmt: skip
def test_a_policy_that_cannot_work_is_refused_by_the_name_of_its_key(toml: str, key: str, why: str) -> None:
    with pytest.raises(OperatorError) as caught:
        parse_policy(toml, "of a test")
    assert key in caught.value.what
    assert why in caught.value.why
    assert caught.value.remedy


def test_the_hash_follows_what_a_policy_says_and_not_how_it_is_written() -> None:
    one = parse_policy(SOUND, "one")
    assert parse_policy("# a remark\n" + WEATHER + "weight = 1.0\n" + BUDGET, "other").hash == one.hash
    assert parse_policy(SOUND + "weight = 2.0\n", "heavier").hash != one.hash
    assert revised(one, budget={"share_ratio": 0.2}).hash != one.hash
    assert len(one.hash) == 32


def test_the_policy_that_ships_can_be_read_and_names_every_key() -> None:
    toml, policy = read_policy(None)
    assert policy.budget.share_ratio == 0.05
    assert toml == default_policy_toml()
    for section in ("redundancy", "duplicates", "keyframes"):
        for key in type(getattr(policy, section)).model_fields:
            assert f"\n{key} = " in toml, key


def test_a_policy_file_that_is_not_there_is_named(tmp_path) -> None:
    with pytest.raises(OperatorError, match=r"none\.toml"):
        read_policy(tmp_path / "none.toml")
