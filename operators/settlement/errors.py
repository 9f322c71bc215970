"""What can go wrong in settlement."""

from maas.core.errors import Kind, MaasError


class PeriodClosed(MaasError):
    """The period is closed and stays as it is."""

    code = "period-closed"
    title = "The period is closed"
    kind = Kind.CONFLICT


class PeriodNotOver(MaasError):
    """A month is closed after its last day, and in order."""

    code = "period-not-over"
    title = "The period cannot be closed yet"
    kind = Kind.CONFLICT


class AgreementInvalid(MaasError):
    """The agreement could leave a yen over, overlaps another or has the wrong form."""

    code = "agreement-invalid"
    title = "The agreement cannot be signed"
    kind = Kind.INVALID


class AgreementMissing(MaasError):
    """Something was sold under an agreement that nobody signed."""

    code = "agreement-missing"
    title = "There is no such agreement"
    kind = Kind.CONFLICT


class FactsMissing(MaasError):
    """Uses lack a fact that the agreement weighs; the close does not guess."""

    code = "settlement-facts-missing"
    title = "Uses lack what the agreement weighs"
    kind = Kind.CONFLICT


class StatementNotFound(MaasError):
    """There is no such statement, or it is another operator's: the two look alike."""

    code = "statement-not-found"
    title = "There is no such statement"
    kind = Kind.NOT_FOUND
