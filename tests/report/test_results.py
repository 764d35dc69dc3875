"""The JSON that scripts outside the project read."""

import json
from dataclasses import replace

from labeler.records import Interval, Simulation
from labeler.report.results import results_json


def test_the_json_is_strict_and_complete(simulation: Simulation) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    read = json.loads(results_json(simulation), parse_constant=refuse)
    assert read["seeds"] == [0, 1]
    assert read["config"]["fractions"] == [0.5, 1.0]
    assert len(read["stages"]) == 9
    assert read["stages"][0]["confusion"][0][0] >= 0


def test_what_is_not_a_number_becomes_null(simulation: Simulation) -> None:
    stage = replace(
        simulation.stages[0],
        label_accuracy=float("nan"),
        test_accuracy=Interval(0.5, None, (0.5,)),
    )
    read = json.loads(results_json(replace(simulation, stages=(stage,))))
    assert read["stages"][0]["label_accuracy"] is None
    assert read["stages"][0]["test_accuracy"]["ci95"] is None


def test_half_a_character_in_a_name_does_not_break_the_file(simulation: Simulation) -> None:
    read = json.loads(results_json(replace(simulation, dataset="caf\udce9")))
    assert read["dataset"] == "caf\udce9"
