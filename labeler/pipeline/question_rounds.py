"""The rounds of questions of one run, each chosen when the answers before it are there."""

from collections.abc import Sequence

from labeler.config import RunConfig
from labeler.pipeline.preparation import Prepared
from labeler.pipeline.questions import first_questions, later_questions, round_size, without_last
from labeler.pipeline.round_names import later_round
from labeler.records import Answer, Clusters, Question


class QuestionRounds:
    """What a run asks, whoever answers.

    Parameters
    ----------
    prepared : Prepared
    clusters : Clusters
        Its pool, cut into as many as there are first questions.
    config : RunConfig

    Attributes
    ----------
    asked : tuple of Question
        In the order asked.
    name : str
        Of the round that was chosen last; of its random numbers, too.
    """

    def __init__(self, prepared: Prepared, clusters: Clusters, config: RunConfig) -> None:
        self._prepared = prepared
        self._clusters = clusters
        self._config = config
        self._n_later = 0
        self.name = config.plan.first
        self.asked = first_questions(clusters, prepared.X, config)

    @property
    def n_to_come(self) -> int:
        """Rounds that will be chosen by the answers."""
        if self._prepared.graph is None:
            return 0
        return self._config.n_second_rounds - self._n_later

    def choose(self, answers: Sequence[Answer], n_classes: int) -> tuple[Question, ...]:
        """The next round, where one is to come.

        Parameters
        ----------
        answers : sequence of Answer
            To all questions so far, in the order asked; others may stand before them.
        n_classes : int
            Classes that there are, named or not.

        Returns
        -------
        tuple of Question
            None where the pool is used up.
        """
        graph = self._prepared.graph
        if graph is None:
            raise ValueError("without a graph no later round is chosen")
        self.name = later_round(self._config.plan, self._n_later)
        others = [answer.question.image for answer in answers]
        chosen = later_questions(
            self._config,
            self._clusters,
            [*(question.image for question in self.asked), *others],
            without_last(answers, self._config.n_ahead),
            graph,
            self._prepared.X,
            n_classes,
            round_size(self._config.n_labels - len(self.asked), self.n_to_come),
            self._config.rng(f"{self.name} questions"),
        )
        self.asked += chosen
        self._n_later += 1
        return chosen
