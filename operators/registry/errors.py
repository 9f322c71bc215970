"""What can go wrong in the registry."""

from maas.core.errors import Kind, MaasError


class CompanyNotFound(MaasError):
    """No company has this id."""

    code = "company-not-found"
    title = "There is no such company"
    kind = Kind.NOT_FOUND


class CompanyExists(MaasError):
    """A company with this corporate number is registered."""

    code = "company-exists"
    title = "The company is registered already"
    kind = Kind.CONFLICT


class StepNotAllowed(MaasError):
    """The company's state does not allow the step."""

    code = "company-step-not-allowed"
    title = "The company cannot take this step now"
    kind = Kind.CONFLICT


class CompanyInvalid(MaasError):
    """What was said of the company is not right."""

    code = "company-invalid"
    title = "The entry is not right"
    kind = Kind.INVALID
