"""Moto's server with what these tests need of it, for moto 5.2.5; same arguments as `moto_server`.

Added to moto: updating and deleting data catalogs and workgroups, "was not found" for those that are absent, a conflict for a
statement id used twice, and a record of all calls that can have the n-th write refused, before or after it takes effect:

    GET  /-/calls            the calls since the last question, a line each: `read` or `write`, then what
    POST /-/fail?write=3&when=before|after    refuses the third write call from now on, once
    POST /-/slow?times=3     has Lambda behave as it does with a role that was just made: three times "cannot be assumed",
                             then a function that is pending for as many looks

A role of another account is assumed only if it is there and its external ID, if it asks for one, is given.
"""

import io
import json
import sys
import threading
from urllib.parse import parse_qs

from moto.athena.responses import AthenaResponse
from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.policy import Policy
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.server import main


class Athena:
    """The calls of Athena that moto lacks, by their names there."""

    get_data_catalog = AthenaResponse.get_data_catalog
    get_work_group = AthenaResponse.get_work_group

    @staticmethod
    def absent(response, kind, name):
        return response.error(f"{kind} {name} was not found", 400)

    @classmethod
    def read_catalog(cls, response):
        name = response._get_param("Name")
        if name not in response.athena_backend.data_catalogs:
            return cls.absent(response, "DataCatalog", name)
        answer = json.loads(cls.get_data_catalog(response))
        answer["DataCatalog"]["Status"] = "CREATE_COMPLETE"
        return json.dumps(answer)

    @classmethod
    def update_catalog(cls, response):
        name = response._get_param("Name")
        catalog = response.athena_backend.data_catalogs.get(name)
        if catalog is None:
            return cls.absent(response, "DataCatalog", name)
        catalog.type = response._get_param("Type")
        catalog.parameters = response._get_param("Parameters")
        return "{}"

    @classmethod
    def delete_catalog(cls, response):
        name = response._get_param("Name")
        if response.athena_backend.data_catalogs.pop(name, None) is None:
            return cls.absent(response, "DataCatalog", name)
        return "{}"

    @classmethod
    def read_workgroup(cls, response):
        name = response._get_param("WorkGroup")
        if name not in response.athena_backend.work_groups:
            return cls.absent(response, "WorkGroup", name)
        return cls.get_work_group(response)

    @classmethod
    def update_workgroup(cls, response):
        name = response._get_param("WorkGroup")
        workgroup = response.athena_backend.work_groups.get(name)
        if workgroup is None:
            return cls.absent(response, "WorkGroup", name)
        updates = response._get_param("ConfigurationUpdates") or {}
        result = workgroup.configuration.setdefault("ResultConfiguration", {})
        for key, value in updates.get("ResultConfigurationUpdates", {}).items():
            if not key.startswith("Remove"):
                result[key] = value
        return "{}"


AthenaResponse.get_data_catalog = lambda response: Athena.read_catalog(response)
AthenaResponse.update_data_catalog = lambda response: Athena.update_catalog(response)
AthenaResponse.delete_data_catalog = lambda response: Athena.delete_catalog(response)
AthenaResponse.get_work_group = lambda response: Athena.read_workgroup(response)
AthenaResponse.update_work_group = lambda response: Athena.update_workgroup(response)

add_statement = Policy.add_statement


def add_statement_once(policy, raw, qualifier=None):
    sid = json.loads(raw).get("StatementId")
    if any(statement.get("Sid") == sid for statement in policy.statements):
        raise LambdaClientError(
            "ResourceConflictException",
            f"The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the existing statement.",
        )
    return add_statement(policy, raw, qualifier)


Policy.add_statement = add_statement_once


class Record:
    """What was called, and which write is to be refused."""

    lock = threading.Lock()
    calls = []
    countdown = None
    when = "before"
    unassumable = 0
    pending = 0


def call_of(environ, body):
    """Whether a request writes, and what it asks for."""
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        name = target.split(".")[-1]
        return not name.startswith(("Get", "List", "Describe")), name
    form = environ.get("CONTENT_TYPE", "")
    if form.startswith("application/x-www-form-urlencoded") and b"Action=" in body:
        name = parse_qs(body.decode())["Action"][0]
        return not name.startswith(("Get", "List", "AssumeRole", "Simulate")), name
    method = environ["REQUEST_METHOD"]
    query = environ.get("QUERY_STRING", "")
    return method not in ("GET", "HEAD"), f"{method} {environ['PATH_INFO']}?{query}"


def without_length(start_response):
    """The answer may become shorter; the server counts anew."""

    def start(status, headers, *rest):
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        return start_response(status, kept, *rest)

    return start


def may_assume(body):
    """Whether a role is there, and gets the external ID that it asks for."""
    form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    _, _, _, _, account, resource = form["RoleArn"].split(":", 5)
    name = resource.rsplit("/", 1)[-1]
    for role in iam_backends[account]["aws"].roles.values():
        if role.name == name:
            statement = json.loads(role.assume_role_policy_document)["Statement"]
            statement = statement[0] if isinstance(statement, list) else statement
            asked = statement.get("Condition", {}).get("StringEquals", {}).get("sts:ExternalId")
            return asked is None or asked == form.get("ExternalId")
    return False


def refusal(start_response, status, kind, text, error):
    start_response(status, [("Content-Type", kind), ("x-amzn-errortype", error)])
    return [text.encode()]


dispatch = DomainDispatcherApplication.__call__


def recorded(app, environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/-/calls":
        with Record.lock:
            text, Record.calls = "\n".join(Record.calls), []
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [text.encode()]
    if path == "/-/fail":
        query = parse_qs(environ["QUERY_STRING"])
        with Record.lock:
            Record.countdown, Record.when = int(query["write"][0]), query["when"][0]
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b""]
    if path == "/-/slow":
        times = int(parse_qs(environ["QUERY_STRING"])["times"][0])
        Record.unassumable, Record.pending = times, times
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b""]
    if path.startswith("/moto-api") or environ.get("HTTP_X_MOTO_ACCOUNT_ID"):
        return dispatch(app, environ, start_response)
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    writes, what = call_of(environ, body)
    refuses = False
    with Record.lock:
        Record.calls.append(f"{'write' if writes else 'read'} {what}")
        if writes and Record.countdown is not None:
            Record.countdown -= 1
            if Record.countdown == 0:
                refuses, Record.countdown = True, None
    if b"Action=AssumeRole" in body and not may_assume(body):
        text = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized</Message></Error></ErrorResponse>"
        return refusal(start_response, "403 Forbidden", "text/xml", text, "AccessDenied")
    if b"Action=SimulatePrincipalPolicy" in body or b"Action=ListUserPolicies" in body:
        text = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>rights are not told here</Message></Error></ErrorResponse>"
        return refusal(start_response, "403 Forbidden", "text/xml", text, "AccessDenied")
    is_function = "/functions" in path
    if is_function and environ["REQUEST_METHOD"] == "POST" and path.endswith("/functions") and Record.unassumable > 0:
        Record.unassumable -= 1
        error = "InvalidParameterValueException"
        text = json.dumps({"Type": "User", "message": "The role defined for the function cannot be assumed by Lambda."})
        return refusal(start_response, "400 Bad Request", "application/json", text, error)
    if not refuses:
        # Moto 5.2.5 names the root of this answer otherwise than S3.
        answer = dispatch(app, environ, without_length(start_response))
        answer = b"".join(answer).replace(b"GetBucketVersioningResponse", b"VersioningConfiguration")
        if is_function and path.endswith("/configuration") and Record.pending > 0:
            Record.pending -= 1
            answer = answer.replace(b'"State": "Active"', b'"State": "Pending"')
        return [answer]
    if Record.when == "after":
        list(dispatch(app, environ, lambda *_: None))
    if environ.get("HTTP_X_AMZ_TARGET") or "/functions" in path:
        kind, text = "application/json", '{"__type": "AccessDeniedException", "message": "refused by the test"}'
    else:
        kind = "text/xml"
        text = "<Error><Code>AccessDenied</Code><Message>refused by the test</Message></Error>"
        if b"Action=" in body:
            text = f"<ErrorResponse>{text}</ErrorResponse>"
    headers = [("Content-Type", kind), ("x-amzn-errortype", "AccessDeniedException")]
    start_response("403 Forbidden", headers)
    return [text.encode()]


DomainDispatcherApplication.__call__ = recorded

main(sys.argv[1:])
