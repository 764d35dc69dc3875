"""Any sequence of answers, groups, undos, merges and replays equals a model in plain dicts."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from labeler.storage import answers, classes, datasets, questions, runs
from labeler.storage.current_answers import current_answers
from labeler.storage.database import open_database
from labeler.storage.errors import ClassInUseError, NothingToUndoError
from labeler.storage.rows import GivenAnswer, NewQuestion, Verdict

ANNOTATORS = ("ann", "bob")
N_QUESTIONS = 4
N_CLASSES = 3


class AnswersMachine(RuleBasedStateMachine):
    """The model keeps a list of (annotator, answers, undone) and the merges."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.database = open_database(Path(self.folder.name))
        with self.database.writing() as session:
            dataset = datasets.add(
                session, name="d", kind="known", source="d", content_hash="d", counts={}
            )
            run = runs.create(
                session,
                name="r",
                dataset_id=dataset.id,
                config={},
                preset="classic",
                budget=N_QUESTIONS,
                classes=[f"class {number}" for number in range(N_CLASSES)],
            )
            new = [NewQuestion(image) for image in range(N_QUESTIONS)]
            questions.add(session, run.id, 0, new)
            self.run = run.id
            self.asked = [one.id for one in questions.list_of_run(session, run.id)]
            self.classes = [one.id for one in classes.list_of_run(session, run.id)]
        self.operations: list[dict] = []
        self.merged: dict[int, int] = {}
        self.sent: list[tuple] = []

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    @rule(
        annotator=st.sampled_from(ANNOTATORS),
        which=st.sets(st.integers(0, N_QUESTIONS - 1), min_size=1),
        said=st.integers(-2, N_CLASSES - 1),
    )
    def answer(self, annotator: str, which: set[int], said: int) -> None:
        verdict = {-1: Verdict.SKIP, -2: Verdict.MIXED}.get(said, Verdict.CLASS)
        class_id = self.classes[said] if verdict is Verdict.CLASS else None
        given = [GivenAnswer(self.asked[one], verdict, class_id) for one in sorted(which)]
        op_id = f"op{len(self.sent)}"
        told = self.database.write(lambda s: answers.record(s, self.run, op_id, annotator, given))
        self.operations.append(
            {"op_id": op_id, "annotator": annotator, "given": given, "undone": False}
        )
        self.sent.append((answers.record, op_id, annotator, given, told))

    @rule(annotator=st.sampled_from(ANNOTATORS))
    def undo(self, annotator: str) -> None:
        op_id = f"op{len(self.sent)}"
        mine = [
            one for one in self.operations if one["annotator"] == annotator and not one["undone"]
        ]
        if not mine:
            with pytest.raises(NothingToUndoError):
                self.database.write(lambda s: answers.undo(s, self.run, op_id, annotator))
            return
        told = self.database.write(lambda s: answers.undo(s, self.run, op_id, annotator))
        assert told.undone_op_id == mine[-1]["op_id"]
        mine[-1]["undone"] = True
        self.sent.append((answers.undo, op_id, annotator, None, told))

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        verb, op_id, annotator, given, told = data.draw(st.sampled_from(self.sent))
        body = [] if given is None else [given]
        again = self.database.write(lambda s: verb(s, self.run, op_id, annotator, *body))
        assert again == told
        assert again.is_replay

    @rule(one=st.integers(0, N_CLASSES - 1), other=st.integers(0, N_CLASSES - 1))
    def merge(self, one: int, other: int) -> None:
        source, target = self.classes[one], self.classes[other]
        if source in self.chain(target):
            with pytest.raises(ClassInUseError):
                self.database.write(lambda s: classes.merge(s, self.run, source, target))
            return
        self.database.write(lambda s: classes.merge(s, self.run, source, target))
        self.merged[source] = target

    @rule(one=st.integers(0, N_CLASSES - 1))
    def unmerge(self, one: int) -> None:
        self.database.write(lambda s: classes.unmerge(s, self.run, self.classes[one]))
        self.merged.pop(self.classes[one], None)

    @invariant()
    def what_stands_is_what_the_model_says(self) -> None:
        with self.database.reading() as session:
            there = current_answers(session, self.run)
            summary = runs.summary(session, self.run)
            n_operations = len(answers.history(session, self.run))
        expected = {
            one.question_id: (one.verdict, self.resolved(one.class_id))
            for operation in self.operations
            if not operation["undone"]
            for one in operation["given"]
        }
        assert {key: (one.verdict, one.class_id) for key, one in there.items()} == expected
        verdicts = [verdict for verdict, _ in expected.values()]
        assert summary.n_answered == verdicts.count(Verdict.CLASS)
        assert summary.n_skipped == verdicts.count(Verdict.SKIP)
        assert summary.n_mixed == verdicts.count(Verdict.MIXED)
        assert n_operations == len(self.sent)

    def chain(self, class_id: int) -> list[int]:
        chain = [class_id]
        while chain[-1] in self.merged:
            chain.append(self.merged[chain[-1]])
        return chain

    def resolved(self, class_id: int | None) -> int | None:
        return None if class_id is None else self.chain(class_id)[-1]


MODEST = settings(
    max_examples=10,
    stateful_step_count=20,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes here
    suppress_health_check=[HealthCheck.too_slow],
)


def test_answers_equal_the_model() -> None:
    run_state_machine_as_test(AnswersMachine, settings=MODEST)
