"""The certificate of an audit as one page that needs nothing beside itself."""

from collections.abc import Sequence

from labeler import words
from labeler.report.standalone import render
from labeler.report.tables import Table
from labeler.workflow.audit.certificate import AuditedClass, AuditedCluster, Certificate, Share

MOST_CLUSTERS = 20


def certificate_html(told: Certificate, command: str | None = None) -> str:
    """The page.

    Parameters
    ----------
    told : Certificate
    command : str, optional
        The command line that writes it again.
    """
    values = {
        "told": told,
        "right": words.share_of(told.estimate, told.n),
        "from_to": from_to(told),
        "overall": words.percent(told.overall.estimate),
        "overall_from_to": from_to(told.overall),
        "if_wrong": between(told.if_skipped_wrong),
        "if_right": between(told.if_skipped_right),
        "plain_share": words.share_of(told.plain_share, told.n),
        "same_answer": between(told.same_answer),
        "classifier": None if told.classifier is None else between(told.classifier),
        "later": None if told.later is None else between(told.later),
        "checkpoints": _checkpoints(told),
        "classes": _classes(told),
        "without_class": between(told.without_class) if told.none_of_these else None,
        "clusters": _parts("Cluster", _largest_sampled(told.by_cluster)),
        "n_clusters": len(told.by_cluster),
        "strata": _strata(told),
        "is_reached": told.needed is not None and told.needed <= told.n,
        "few": words.FEW,
        "sources": words.joined(list(told.sources)),
        "auditors": words.joined([words.printable(name) for name in told.auditors]),
        "run_name": words.printable(told.run_name),
        "dataset": words.printable(told.dataset),
        "command": command,
        "notes": _notes(told),
        "version": told.labeler,
    }
    return render("standalone/certificate.html", values)


def from_to(bounds: Share | Certificate) -> str:
    """``80.4 to 90.4 %``."""
    return f"{100 * bounds.low:.1f} to {100 * bounds.high:.1f} %"


def between(bounds: Share) -> str:
    """Both; a dash for what is not known."""
    if bounds.estimate is None:
        return words.NOTHING
    return f"{words.share_of(bounds.estimate, bounds.n)} ({from_to(bounds)})"


def _checkpoints(told: Certificate) -> Table:
    rows = [
        (words.count(at.n), words.share_of(at.estimate, at.n), from_to(at))
        for at in told.checkpoints
    ]
    return Table(("Images named", "Right", "Interval"), tuple(rows), n_text=0)


def _classes(told: Certificate) -> Table:
    table = _parts("Class", [(part.class_, part) for part in told.by_class])
    if not any(part.none_of_these for part in told.by_class):
        return table
    counts = [words.count(part.none_of_these) for part in told.by_class]
    rows = tuple((*row, count) for row, count in zip(table.rows, counts, strict=True))
    return Table((*table.header, "Of no class"), rows)


def _parts(title: str, parts: Sequence[tuple[str, AuditedClass | AuditedCluster]]) -> Table:
    rows = [
        (
            words.printable(name),
            words.count(part.size),
            words.count(part.n),
            words.share_of(part.estimate, part.n),
            from_to(part),
        )
        for name, part in parts
    ]
    return Table((title, "Labels", "Named", "Right", "Interval"), tuple(rows))


def _largest_sampled(clusters: Sequence[AuditedCluster]) -> list[tuple[str, AuditedCluster]]:
    ordered = sorted(clusters, key=lambda part: (-part.n, part.cluster))[:MOST_CLUSTERS]
    return [(str(part.cluster), part) for part in ordered]


def _strata(told: Certificate) -> Table:
    header = ("Stratum", "Labels", "Asked about", "Skipped", "Right")
    last = len(told.strata) - 1
    ends = {0: " (least sure)", last: " (surest)"} if last else {}
    rows = [
        (
            f"{place + 1}{ends.get(place, '')}",
            *map(words.count, (part.size, part.asked, part.skipped, part.right)),
        )
        for place, part in enumerate(told.strata)
    ]
    return Table(header, tuple(rows))


def _notes(told: Certificate) -> list[str]:
    sure = 100 * told.level
    return [
        f"Intervals hold with {sure:.2f} % each, so that those of the first four checkpoints hold "
        "together in 95 of 100 audits.",
        "The estimate is not the plain share of right ones: doubtful labels are asked about more "
        "often, and each counts for as many as it stands for.",
        "Right means: as the auditor says, who errs, too. Images that look nearly the same are "
        "counted one by one.",
        "The file of audited images beside this page is enough to compute every figure again.",
    ]
