"""Say in a sentence what S3, or the way to it, refused, and what to do; no key, secret or request of the person's is in it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping

from lib.cold_storage.model import StorageError, Trouble

_PERMISSIONS = {
    "PutObject": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
    "ListObjectsV2": "s3:ListBucket",
    "HeadObject": "s3:GetObject",
    "GetObject": "s3:GetObject",
    "RestoreObject": "s3:RestoreObject",
    "GetBucketVersioning": "s3:GetBucketVersioning",
}
_NAMED_PERMISSION = re.compile(r"not authorized to perform: (s3:[A-Za-z]+)")
_NAMED_REGION = re.compile(r"expecting '([a-z0-9-]+)'")
_CLASSES = "--storage-class"

_EVERYTHING: Mapping[str, str] = {
    "NoSuchBucket": "there is no such bucket; check its name, and whether it belongs to this account",
    "InvalidAccessKeyId": "S3 does not know the access key; run `aws configure` again, or ask for a new key",
    "SignatureDoesNotMatch": "the secret key is not the one of the access key; run `aws configure` again",
    "ExpiredToken": "the login has run out; log in again, and start again to go on",
    "ExpiredTokenException": "the login has run out; log in again, and start again to go on",
    "InvalidToken": "the login is not valid; log in again, and start again to go on",
    "RequestTimeTooSkewed": "this computer's clock is wrong by more than 15 minutes; set it, and start again",
    "AllAccessDisabled": "the bucket is closed to everybody; ask its owner",
    "AccountProblem": "there is a problem with the account (a bill?); look into the console of the provider",
    "InvalidStorageClass": f"this server does not know the storage class; choose another one by {_CLASSES}, such as {_CLASSES} STANDARD",
    "QuotaExceeded": "the bucket is full; make room, or ask for more",
    "InsufficientStorage": "the server has no room left",
    "XMinioStorageFull": "the server has no room left",
    "MissingContentMD5": "the server demands an old kind of checksum; use a newer version of it",
    "NotImplemented": "the server does not know a request that is needed for a safe upload; use another one",
}
_SLOW = frozenset({"SlowDown", "503", "ServiceUnavailable", "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequests"})
_WRONG_REGION = frozenset({"PermanentRedirect", "301", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"})
# Servers that know the names of archives, and keep all objects alike; and S3, asked for an object that never was in one.
_NO_ARCHIVE = frozenset({"MethodNotAllowed", "405", "NotImplemented", "501", "InvalidObjectState"})
_DENIED = frozenset({"AccessDenied", "403", "Forbidden", "UnauthorizedOperation", "AllAccessDenied"})
_OF_THE_OBJECT: Mapping[str, tuple[Trouble, str]] = {
    "PreconditionFailed": (Trouble.EXISTS, "the key was taken, or changed, meanwhile"),
    "412": (Trouble.EXISTS, "the key was taken, or changed, meanwhile"),
    "ConditionalRequestConflict": (Trouble.EXISTS, "the key is being written by another run just now"),
    "NoSuchKey": (Trouble.NOT_THERE, "it is not in the bucket"),
    "404": (Trouble.NOT_THERE, "it is not in the bucket"),
    "NoSuchUpload": (Trouble.NO_UPLOAD, "its begun upload is not known any more; it is begun anew"),
    "RestoreAlreadyInProgress": (Trouble.UNDERWAY, "it is being brought back already"),
    "InvalidObjectState": (Trouble.ARCHIVED, "it is archived and has to be brought back first"),
    "GlacierExpeditedRetrievalNotAvailable": (Trouble.THIS_OBJECT, "S3 has no room for Expedited just now; use --tier Standard"),
    "BadDigest": (Trouble.THIS_OBJECT, "what arrived was not what was sent, and was refused; start again"),
    "XAmzContentChecksumMismatch": (Trouble.THIS_OBJECT, "what arrived was not what was sent, and was refused; start again"),
    "InvalidDigest": (Trouble.THIS_OBJECT, "what arrived was not what was sent, and was refused; start again"),
    "EntityTooLarge": (Trouble.THIS_OBJECT, "the server takes no file of this size"),
    "KeyTooLongError": (Trouble.THIS_OBJECT, "its name is too long for this server"),
    "RequestTimeout": (Trouble.THIS_OBJECT, "the line was too slow, and the server hung up; start again"),
    "IncompleteBody": (Trouble.THIS_OBJECT, "the line was cut while it was sent; start again"),
    "InternalError": (Trouble.THIS_OBJECT, "the server had trouble of its own; start again"),
    "500": (Trouble.THIS_OBJECT, "the server had trouble of its own; start again"),
}


@contextlib.contextmanager
def in_sentences(where: str) -> Iterator[None]:
    """Within the block, what boto3 raises becomes a StorageError. `where` names the bucket for the person.

    The errors that it came from are not shown, not even by --debug: they may quote the request.
    """
    from botocore.exceptions import BotoCoreError, ClientError, FlexibleChecksumError

    try:
        yield
    except ClientError as error:
        raise _of_answer(error.response, error.operation_name, where) from None
    except FlexibleChecksumError:
        raise StorageError("what arrived is not what S3 has the checksum of; start again", Trouble.THIS_OBJECT) from None
    except BotoCoreError as error:
        raise _of_line(type(error).__name__, where) from None


def _of_answer(response: Mapping[str, Mapping[str, object]], operation: str, where: str) -> StorageError:
    """What an answer of S3 means. Answers to HEAD have no body, and so only a number for a code."""
    error = response.get("Error", {})
    code, message = str(error.get("Code", "")), str(error.get("Message", ""))
    if code in _DENIED:
        found = _NAMED_PERMISSION.search(message)
        permission = found[1] if found else _PERMISSIONS.get(operation, "")
        missing = f"the permission {permission}" if permission else "a permission"
        return StorageError(f"{where}: the user may not do this; {missing} is missing (or a bucket policy forbids it)", Trouble.EVERYTHING)
    if code in _WRONG_REGION:
        region = str(error.get("Region", "")) or next(iter(_NAMED_REGION.findall(message)), "")
        there = f"it is in {region}; set AWS_DEFAULT_REGION={region}" if region else "set AWS_DEFAULT_REGION to the bucket's own"
        return StorageError(f"{where}: the bucket is in another region; {there}, and start again", Trouble.EVERYTHING)
    if code in _SLOW:
        return StorageError(f"{where}: S3 asks to slow down and did not stop doing so; start again later to go on", Trouble.EVERYTHING)
    if operation == "RestoreObject" and code in _NO_ARCHIVE:
        return StorageError("it needs no bringing back", Trouble.NOT_ARCHIVED)
    if code in _EVERYTHING:
        return StorageError(f"{where}: {_EVERYTHING[code]}", Trouble.EVERYTHING)
    if code in _OF_THE_OBJECT:
        trouble, sentence = _OF_THE_OBJECT[code]
        return StorageError(sentence, trouble)
    name = code if re.fullmatch(r"[A-Za-z0-9]{1,60}", code) else "an error without a name"
    return StorageError(f"S3 refused it with {name}; start again, or look this word up", Trouble.THIS_OBJECT)


def _of_line(name: str, where: str) -> StorageError:
    """What an error of the way there means, by the name of its class."""
    sentences = {
        "NoCredentialsError": "there are no credentials; set them up with `aws configure`, or in the environment",
        "PartialCredentialsError": "the credentials are not whole: the access key or the secret key is missing; run `aws configure`",
        "CredentialRetrievalError": "the credentials could not be fetched; log in again",
        "TokenRetrievalError": "the login has run out; log in again (aws sso login)",
        "SSOTokenLoadError": "the login has run out; log in again (aws sso login)",
        "UnauthorizedSSOTokenError": "the login has run out; log in again (aws sso login)",
        "ProfileNotFound": "AWS_PROFILE names a profile that is not set up; correct it, or run `aws configure --profile`",
        "ConfigParseError": "the file ~/.aws/config cannot be understood; mend it, or run `aws configure`",
        "NoRegionError": "no region is set; set AWS_DEFAULT_REGION to the bucket's own",
        "EndpointConnectionError": "the server cannot be reached; check the network, and the address where you gave one by --endpoint",
        "ConnectTimeoutError": "the server does not answer; check the network, and start again to go on",
        "SSLError": "the server's certificate is not to be trusted; check the address, and this computer's clock",
        "ProxyConnectionError": "the proxy cannot be reached; check HTTPS_PROXY",
        "InvalidRegionError": "AWS_DEFAULT_REGION is no name of a region; correct it",
    }
    if name in sentences:
        return StorageError(f"{where}: {sentences[name]}", Trouble.EVERYTHING)
    return StorageError(f"the connection was cut ({name}); start again to go on", Trouble.THIS_OBJECT)
