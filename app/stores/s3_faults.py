"""What the S3 client's errors mean here, as tables: whose fault it is, in one line, with a remedy and no secret."""

from __future__ import annotations

import aiohttp
from aiohttp.http import HttpProcessingError
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    SSLError,
)
from botocore.parsers import ResponseParserError

from app.errors import InfrastructureError, MalformedRecord, ObjectVanished, OperatorError, RoadsieveError

CLIENT_ERRORS = (BotoCoreError, ClientError, ResponseParserError, aiohttp.ClientError, TimeoutError)
MISSING = frozenset({"NoSuchKey", "404", "NotFound"})
THERE_ALREADY = frozenset({"PreconditionFailed", "412"})
# Two requests met at one key, or at one folder of a server that keeps files: whoever comes again gets through.
CONFLICTS = frozenset({"ConditionalRequestConflict", "OperationAborted", "ExistingObjectIsDirectory"})
NOT_IMPLEMENTED = frozenset({"NotImplemented", "MethodNotAllowed", "501"})

_CREDENTIALS = (
    "correct ROADSIEVE_S3_ACCESS_KEY and ROADSIEVE_S3_SECRET_KEY (or the files that their _FILE twins name), or where "
    "they are empty what the AWS_* variables and profiles say"
)
_UNKNOWN_KEY = ("the access key is unknown there", _CREDENTIALS)
_REGION = ("it lies in another region", "set ROADSIEVE_S3_REGION to the bucket's own")
_RIGHTS = ("this key has not the right to do that", "give it the rights that ops/s3 lists for its role")
_EXPIRED = ("the temporary credentials have expired", "renew them, or let them come from a role that renews them")

#: Codes that starting again does not mend: why, remedy.
SET_UP = {
    "NoSuchBucket": (
        "there is no such bucket",
        "create it with `roadsieve bucket create`, or correct ROADSIEVE_S3_BUCKET",
    ),
    "InvalidBucketName": ("S3 has no buckets of such a name", "correct ROADSIEVE_S3_BUCKET"),
    "InvalidAccessKeyId": _UNKNOWN_KEY,
    "XAdminUserNotFound": _UNKNOWN_KEY,
    "SignatureDoesNotMatch": ("the secret key is not that of the access key", _CREDENTIALS),
    "RequestTimeTooSkewed": (
        "the clocks of this machine and of the server differ too much",
        "set this machine's clock, best by NTP",
    ),
    "AccessDenied": _RIGHTS,
    "AllAccessDisabled": _RIGHTS,
    "AccountProblem": _RIGHTS,
    "403": _RIGHTS,
    "Forbidden": _RIGHTS,
    "ExpiredToken": _EXPIRED,
    "InvalidToken": _EXPIRED,
    "TokenRefreshRequired": _EXPIRED,
    "PermanentRedirect": _REGION,
    "301": _REGION,
    "AuthorizationHeaderMalformed": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "InvalidObjectState": ("the object is in cold storage", "restore it there first"),
}

#: Codes that pass: why, remedy.
PASSING = {
    **dict.fromkeys(
        ("SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException", "429"),
        ("it asks for fewer requests", "lower ROADSIEVE_OBJECTS_AT_ONCE, or raise the server's limit"),
    ),
    **dict.fromkeys(
        ("QuotaExceeded", "507", "InsufficientStorage"),
        ("it has no space left", "free or add space there"),
    ),
}

_UNREACHED = "see that it runs, and that ROADSIEVE_S3_ENDPOINT names it"
NOT_S3 = ("what answers there does not speak S3", "let ROADSIEVE_S3_ENDPOINT name an S3 server")


def code_of(error: BaseException) -> str:
    """Return S3's code of an error, the HTTP status where the answer has no code, "" for what is no answer."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def is_no_answer_of_s3(error: BaseException) -> bool:
    """Tell whether what was answered is no HTTP, or cannot be read; the client wraps what its own client says."""
    told = getattr(error, "kwargs", {}).get("error", error)
    return isinstance(told, ResponseParserError | HttpProcessingError | aiohttp.ClientResponseError)


def is_conflict(error: BaseException) -> bool:
    """Tell whether a request met another one and is to be sent again."""
    return code_of(error) in CONFLICTS


def vanished(key: str) -> ObjectVanished:
    """Return what it means that a record points to nothing."""
    return ObjectVanished(
        f"object {key}", "it is not in the store", "send the recording again; check the sweep's time to live"
    )


def translated(error: BaseException, store: str, key: str = "") -> RoadsieveError:
    """Return the error of our tree that a client's error means; `store` names bucket and server."""
    what = f"{store}, object {key}" if key else store
    code = code_of(error)
    if code in MISSING and key:
        return vanished(key)
    if code == "KeyTooLongError":
        return MalformedRecord(f"object key {key[:200]!r}", "the store holds none so long", "correct the producer")
    if code in SET_UP:
        return OperatorError(what, *SET_UP[code])
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", "")
        said = f"it answered {status} {code}: {error.response.get('Error', {}).get('Message', '')}".rstrip(": ")
        without = (f"it answered {status} without a reason, where S3 gives one", _UNREACHED)
        why, remedy = PASSING.get(code, without if code.isdigit() else (said, "look at the server's log if it goes on"))
        return InfrastructureError(what, why, remedy)
    return _without_answer(error, what)


def _without_answer(error: BaseException, what: str) -> RoadsieveError:
    if isinstance(error, (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, ProfileNotFound)):
        return OperatorError(what, f"there are no usable credentials ({error})", _CREDENTIALS)
    if isinstance(error, ParamValidationError):
        return OperatorError(what, f"the client refuses it ({_brief(error)})", "correct ROADSIEVE_S3_BUCKET")
    if is_no_answer_of_s3(error):  # of a server that spoke it when it was opened
        return InfrastructureError(what, "its answer is torn, or none of S3", _UNREACHED)
    if isinstance(error, SSLError):
        return _tls(str(error), what)
    if isinstance(error, TimeoutError) and not isinstance(error, BotoCoreError):
        return InfrastructureError(what, "it gave no answer in time", _UNREACHED)
    return InfrastructureError(what, f"it was not reached ({_brief(error)})", _UNREACHED)


def _tls(said: str, what: str) -> RoadsieveError:
    if "certificate has expired" in said:
        return OperatorError(what, "its TLS certificate has expired", "renew the certificate there")
    if "CERTIFICATE_VERIFY_FAILED" in said:
        why = f"its TLS certificate is not trusted ({said.rpartition('failed: ')[2][:120]})"
        return OperatorError(what, why, "let ROADSIEVE_S3_CA_FILE name the certificate of who signed it")
    if "WRONG_VERSION_NUMBER" in said or "record layer failure" in said.lower():
        return OperatorError(what, "it speaks no TLS", "let ROADSIEVE_S3_ENDPOINT begin with http:, or give it TLS")
    return InfrastructureError(what, f"the TLS handshake failed ({said[:200]})", _UNREACHED)


def _brief(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
