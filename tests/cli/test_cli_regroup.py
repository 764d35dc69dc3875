"""Clusters looked at, split and merged from the terminal."""

import pytest

from tests.cli.test_cli_runs import Labeler


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Labeler:
    """Ten clusters of digits, named by the oracle."""
    labeler = Labeler(tmp_path_factory.mktemp("ten"))
    options = ("--preset", "classic", "--name", "demo", "--answerer", "oracle", "--labels", "10")
    assert labeler("new", "digits", *options).returncode == 0
    return labeler


def test_a_cluster_is_split_within_a_raised_budget_and_the_split_taken_back(ten: Labeler) -> None:
    before = ten.json("clusters", "demo")
    worst = before[0]["cluster"]
    refused = ten("split", "demo", str(worst), "--k", "3")
    assert refused.returncode == 2
    assert "the budget is 10. Raise the budget to 12 first." in refused.stderr
    assert ten.json("budget", "demo", "11")["budget"] == 11
    lowered = ten("budget", "demo", "5")
    assert lowered.returncode == 2
    assert "can only be raised" in lowered.stderr

    made = ten.json("split", "demo", str(worst), "--k", "3", "--raise-budget")
    assert (made["parents"], made["n_questions"], made["budget"]) == ([worst], 2, 12)
    after = {one["cluster"]: one for one in ten.json("clusters", "demo")}
    assert set(made["children"]) == {n for n, one in after.items() if one["made_from"] == [worst]}
    assert all(one["class_name"] for one in after.values()), "the oracle answers for the parts"
    assert ten.json("show", "demo")["n_questions"] == 12

    assert "there is cluster" in ten("split", "demo", "--undo").stdout
    assert [one["cluster"] for one in ten.json("clusters", "demo")] == [
        one["cluster"] for one in before
    ]


def test_wrong_usage_is_one_line(ten: Labeler) -> None:
    for arguments, reason in (
        (("split", "demo"), "Say which CLUSTER"),
        (("split", "demo", "99"), "no cluster 99"),
        (("split", "demo", "1", "--undo"), "leave the rest out"),
        (("merge", "demo", "1"), "at least two"),
    ):
        failed = ten(*arguments)
        assert (failed.returncode, failed.stderr.count("\n")) == (2, 1)
        assert reason in failed.stderr


def test_clusters_of_one_answer_are_merged(ten: Labeler) -> None:
    by_name: dict[str, list[int]] = {}
    for one in ten.json("clusters", "demo"):
        by_name.setdefault(one["class_name"], []).append(one["cluster"])
    name, same = next((name, sorted(found)) for name, found in by_name.items() if len(found) > 1)
    made = ten.json("merge", "demo", *map(str, same))
    assert (made["kind"], made["parents"], made["n_questions"]) == ("merge", same, 0)
    merged = {one["cluster"]: one for one in ten.json("clusters", "demo")}[made["children"][0]]
    assert (merged["class_name"], merged["made_from"]) == (name, same)
    different = ten("merge", "demo", str(made["children"][0]), str(by_name_other(by_name, name)))
    assert different.returncode == 2
    assert "same answer" in different.stderr


def by_name_other(by_name: dict[str, list[int]], name: str) -> int:
    return next(found[0] for other, found in by_name.items() if other != name)
