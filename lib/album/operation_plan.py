"""Turn decisions into operations, and what became of the operations back into decisions. Pure."""

from __future__ import annotations

import os.path
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lib.album.decision import Action, Competitor, Decision, Rule
from lib.files.scanning import QUARANTINE, SUPERSEDED
from lib.transfer.operation import Operation, OperationKind, Outcome, Result


@dataclass(slots=True)
class OperationPlan:
    """Operations in the order in which they have to come, and for each of them the number of the decision that wants it."""

    operations: list[Operation] = field(default_factory=list)
    owners: array[int] = field(default_factory=lambda: array("q"))

    def add(self, owner: int, operation: Operation) -> None:
        """Append an operation."""
        self.operations.append(operation)
        self.owners.append(owner)

    def from_number(self, first: int, result: Result, reason: str) -> Iterator[Outcome]:
        """Return this outcome for each operation from number `first` on: those whose end is not known because the run was broken off."""
        return (Outcome(number, self.operations[number], result, reason) for number in range(first, len(self.operations)))


def plan_operations(decisions: Sequence[Decision], album: str) -> OperationPlan:
    """What has to be done: first what comes into the album, then what becomes of duplicates, whose twins are there by then."""
    made = OperationPlan()
    for number, decision in enumerate(decisions):
        for displaced, destination in decision.displaces:
            move = Operation(OperationKind.MOVE, displaced.file, album, destination, displaced.checksum, displaced.sha256, decision.group)
            made.add(number, move)
        if decision.action in (Action.MOVED, Action.COPIED, Action.SUPERSEDED):
            made.add(number, _arrival(decision, album))
    for number, decision in enumerate(decisions):
        if decision.action is Action.DUPLICATE and decision.subject:
            if decision.destination:
                keeper = os.path.join(album, *decision.kept.split("/")) if decision.kept else ""
                made.add(number, replace(_arrival(decision, album), kind=OperationKind.MOVE, group=0, keeper=keeper))
            elif decision.removes:
                made.add(number, replace(_arrival(decision, album), kind=OperationKind.REMOVE, destination=decision.kept, group=0))
    return made


def _arrival(decision: Decision, album: str) -> Operation:
    subject = decision.subject
    if subject is None:
        raise ValueError("only a studied file goes into an album")
    kind = OperationKind.COPY if decision.copies else OperationKind.MOVE
    return Operation(kind, decision.file, album, decision.destination, subject.checksum, subject.sha256, decision.group)


def recovered(run_id: str, operations: Iterable[Operation], album: str) -> Iterator[Decision]:
    """The decisions that an import which had been cut off, and so told nobody of them, has carried out in the end."""
    for operation in operations:
        folder = operation.destination.partition("/")[0]
        gone = operation.kind is OperationKind.REMOVE
        action = Action.COPIED if operation.kind is OperationKind.COPY else Action.MOVED
        if gone or folder == QUARANTINE:
            action = Action.DUPLICATE
        elif folder == SUPERSEDED:
            action = Action.SUPERSEDED
        yield Decision(
            operation.source,
            action,
            Rule.RECOVERED,
            destination="" if gone else operation.destination,
            competitor=Competitor(run_id, 0, ""),
            kept=operation.destination if gone and operation.root == album else "",
            removes=gone,
            copies=operation.kind is OperationKind.COPY,
        )


def apply_outcomes(decisions: Sequence[Decision], made: OperationPlan, outcomes: Iterable[Outcome]) -> list[Decision]:
    """The decisions as they turned out, with reasons: what could not be done is FAILED, what did not get its turn before the person
    stopped the run is SKIPPED, what could only be copied is COPIED, and a duplicate of what did not come in is none.
    """
    result = list(decisions)
    for outcome in outcomes:
        owner = made.owners[outcome.number]
        decision = result[owner]
        words = "; ".join(filter(None, (decision.error, outcome.reason, *outcome.notes)))
        if outcome.result in (Result.FAILED, Result.STOPPED):
            action = Action.FAILED if outcome.result is Result.FAILED or decision.action is Action.FAILED else Action.SKIPPED
            result[owner] = replace(decision, action=action, error=words, destination="")
        elif outcome.result is Result.SOURCE_KEPT and decision.action is Action.MOVED:
            result[owner] = replace(decision, action=Action.COPIED, error=words)
        elif words != decision.error:
            result[owner] = replace(decision, error=words)
    left = {decision.file.path: decision.action for decision in result if decision.action in (Action.FAILED, Action.SKIPPED)}
    return [_of_what_came_in(decision, left) for decision in result]


def _of_what_came_in(decision: Decision, left: Mapping[str, Action]) -> Decision:
    twin = decision.competitor.path if decision.competitor else ""
    if decision.rule is not Rule.SAME_IN_RUN or decision.action is not Action.DUPLICATE or decision.destination or twin not in left:
        return decision
    return replace(decision, action=left[twin], removes=False, error="the file with the same bytes did not come in")
