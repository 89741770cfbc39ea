"""How does an independent witness come to know each checkpoint, and what if it knows more?"""

import base64
import re
from datetime import datetime

from audit import proofs
from audit.anchors import cosignatures, judging
from audit.anchors.cosignatures import NotCosigned, WitnessKey
from audit.anchors.places import ANOTHER, Claim, Conflict, Held, NotReached, Published
from ports.witness import Answer, TemporaryError, Witness

SIZE = "text/x.tlog.size"
ROUNDS = 3  # its answer tells where it is; somebody else of ours may be quicker
REFUSALS = {
    400: "it takes our request for none",
    403: "it trusts none of the keys that signed our checkpoint",
    404: "it does not know our log",
}


class Contradicts(Conflict):
    """The witness signed what our log does not hold."""

    def __init__(self, words: str, claim: Claim) -> None:
        self.claim = claim
        super().__init__(words)


class WitnessPlace:
    """Have each checkpoint cosigned by one witness."""

    kind = "witness"

    def __init__(self, witness: Witness, key: WitnessKey) -> None:
        self._witness = witness
        self._key = key

    @property
    def name(self) -> str:
        """Return the name that the witness signs with."""
        return self._key.name

    @property
    def title(self) -> str:
        """Name it for a person."""
        return f"witness {self._key.name}"

    def held(self) -> Held:
        """Ask how far it is; it tells by taking our newest, or by naming its own size."""
        newest = judging.newest()
        if newest is None:
            return Held(doubts=("there is no checkpoint to ask it with",))
        try:
            return Held((self._advance(newest.size, newest),))
        except Contradicts as error:
            return Held((error.claim,))
        except (NotReached, Conflict) as error:
            return Held(doubts=(str(error),))

    def publish(self, newest: Claim, last: Claim | None, now: datetime) -> Published:
        """Ask for its signature, starting from where it says that it is."""
        done = self._advance(last.size if last else 0, newest)
        return Published(done.reference, done.note)

    def _advance(self, old: int, newest: Claim) -> Claim:
        for _ in range(ROUNDS):
            answer = self._ask(old, newest)
            if answer.status != 409:
                return self._cosigned(answer, old, newest)
            known = _size(answer)
            _compare(known, old, newest)
            old = known
        raise NotReached("it kept naming other sizes than those that it had just named")

    def _ask(self, old: int, newest: Claim) -> Answer:
        proof = proofs.consistency_between(old, newest.size) if old else ()
        lines = [f"old {old}", *(base64.b64encode(step).decode() for step in proof), ""]
        body = "".join(f"{line}\n" for line in lines) + newest.note
        try:
            return self._witness.add_checkpoint(body.encode())
        except TemporaryError as error:
            raise NotReached(str(error)) from error

    def _cosigned(self, answer: Answer, old: int, newest: Claim) -> Claim:
        if answer.status == 422:  # it is where we said, and our tree does not go on from there
            claim = Claim(origin=newest.origin, size=old, root=ANOTHER)
            raise Contradicts(judging.forked(claim), claim)
        if answer.status != 200:
            words = REFUSALS.get(answer.status, "it did not sign")
            raise NotReached(f"{words} (HTTP {answer.status})")
        try:
            found = cosignatures.find(answer.text.splitlines(), newest.note, self._key)
        except NotCosigned as error:
            raise NotReached(str(error)) from error
        joined = _joined(newest.note, found.line)
        return judging.readable(joined, reference=found.line[-100:], at=found.at)


def _compare(known: int, asked: int, newest: Claim) -> None:
    if known > newest.size:
        claim = Claim(origin=newest.origin, size=known)
        raise Contradicts(judging.ahead(claim, newest.size), claim)
    if known == asked:  # it is where we said, so it is the root that differs
        claim = Claim(origin=newest.origin, size=known, root=ANOTHER)
        raise Contradicts(judging.forked(claim), claim)


def _joined(note: str, line: str) -> str:
    blank = "" if "\n\n" in note else "\n"
    return f"{note}{blank}{line}\n"


def _size(answer: Answer) -> int:
    text = answer.text.removesuffix("\n")
    if answer.kind != SIZE or not re.fullmatch(r"0|[1-9][0-9]{0,17}", text):
        raise NotReached("it answered that it is elsewhere, and not where (HTTP 409)")
    return int(text)
