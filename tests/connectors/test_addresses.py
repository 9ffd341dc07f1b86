"""The address guard: every way of writing or reaching a forbidden address is refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import ErrorClass, TaskError
from connectors.kinds.http import HttpRequest
from connectors.outbound import AddressPolicy, Guard, parse_url
from connectors.outbound.hosts import is_allowed, literal, normal_host
from connectors.outbound.watch import Watch
from tests.connectors.servers import Names, client_for, make_call, raw_server

# Each is asked for with its host among the allowed ones: the guard must refuse it all the same.
TRICKS = {
    "loopback": "http://127.0.0.1/",
    "loopback elsewhere in its range": "http://127.8.9.10/",
    "loopback by name": "http://localhost/",
    "loopback IPv6": "http://[::1]/",
    "loopback IPv6 in long form": "http://[0:0:0:0:0:0:0:1]/",
    "decimal": "http://2130706433/",
    "hexadecimal": "http://0x7f000001/",
    "octal": "http://017700000001/",
    "octal parts": "http://0177.0.0.1/",
    "hexadecimal parts": "http://0x7f.0x0.0x0.0x1/",
    "one hexadecimal part": "http://127.0.0.0x1/",
    "leading zeros": "http://127.000.000.001/",
    "short": "http://127.1/",
    "shorter": "http://0/",
    "three parts": "http://127.0.1/",
    "overflowing part": "http://383.0.0.1/",
    "full-width digits": "http://１２７.０.０.１/",
    "circled digits": "http://①②⑦.⓪.⓪.①/",
    "ideographic dots": "http://127。0。0。1/",
    "trailing dot": "http://127.0.0.1./",
    "trailing dot by name": "http://localhost./",
    "percent-encoded": "http://%31%32%37.0.0.1/",
    "unspecified": "http://0.0.0.0/",
    "unspecified IPv6": "http://[::]/",
    "this network": "http://0.1.2.3/",
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "metadata decimal": "http://2852039166/",
    "metadata of containers": "http://169.254.170.2/",
    "metadata IPv6": "http://[fd00:ec2::254]/",
    "metadata of another cloud": "http://100.100.100.200/",
    "metadata of a third": "http://168.63.129.16/",
    "link-local": "http://169.254.1.1/",
    "link-local IPv6": "http://[fe80::1]/",
    "link-local with a zone": "http://[fe80::1%25eth0]/",
    "private ten": "http://10.0.0.1/",
    "private 172": "http://172.31.255.254/",
    "private 192": "http://192.168.0.1/",
    "unique local": "http://[fd12:3456::1]/",
    "carrier-grade NAT": "http://100.64.0.1/",
    "multicast": "http://224.0.0.1/",
    "multicast IPv6": "http://[ff02::1]/",
    "broadcast": "http://255.255.255.255/",
    "reserved": "http://240.0.0.1/",
    "documentation": "http://192.0.2.1/",
    "documentation IPv6": "http://[2001:db8::1]/",
    "benchmarking": "http://198.18.0.1/",
    "mapped": "http://[::ffff:127.0.0.1]/",
    "mapped in hexadecimal": "http://[::ffff:7f00:1]/",
    "mapped public address": "http://[::ffff:8.8.8.8]/",
    "compatible": "http://[::127.0.0.1]/",
    "translated": "http://[::ffff:0:7f00:1]/",
    "NAT64": "http://[64:ff9b::7f00:1]/",
    "NAT64 of metadata": "http://[64:ff9b::169.254.169.254]/",
    "NAT64 local": "http://[64:ff9b:1::1]/",
    "6to4": "http://[2002:7f00:1::1]/",
    "Teredo": "http://[2001:0:7f00:1::1]/",
    "site-local": "http://[fec0::1]/",
    "discard-only": "http://[100::1]/",
    "outside global unicast": "http://[4000::1]/",
    "user": "http://user@svc.test/",
    "user and password": "http://user:secret@svc.test/",
    "an at sign to mislead": "http://svc.test@127.0.0.1/",
    "a backslash to mislead": "http://svc.test\\@127.0.0.1/",
    "a hash to mislead": "http://127.0.0.1#@svc.test/",
    "a question mark to mislead": "http://127.0.0.1?@svc.test/",
    "two ports": "http://svc.test:80:22/",
    "a port out of range": "http://svc.test:99999/",
    "port zero": "http://svc.test:0/",
    "a space": "http://svc.test /",
    "a tab in the host": "http://127.0\t.0.1/",
    "a line break": "http://svc.test/\r\nHost: other.test",
    "a null": "http://svc.test\x00.evil.test/",
    "half a bracket": "http://[::1/",
    "brackets around a name": "http://[localhost]/",
    "an empty label": "http://svc..test/",
    "file": "file:///etc/passwd",
    "file with a host": "file://svc.test/etc/passwd",
    "gopher": "gopher://svc.test:70/",
    "ftp": "ftp://svc.test/",
    "ldap": "ldap://svc.test/",
    "unix socket": "unix://svc.test/var/run/docker.sock",
}


def everything(url: str) -> frozenset[str]:
    """Allowed hosts that hold whatever this URL could mean."""
    hosts = {"127.0.0.1", "localhost", "svc.test", "::1", "other.test"}
    try:
        hosts.add(urlsplit(url).hostname or "")
        hosts.add(parse_url(url).host)
    except (ValueError, TaskError):
        pass
    return frozenset(hosts)


@pytest.mark.parametrize("trick", TRICKS)
def test_every_trick_is_refused_though_the_workflow_names_the_host(trick: str) -> None:
    url = TRICKS[trick]
    names = Names(svc_test=[["127.0.0.1"]], localhost=[["127.0.0.1"]])
    task = HttpRequest(lambda: client_for(resolver=names))
    with pytest.raises(TaskError) as caught:
        task.execute(make_call({"url": url}, *everything(url)))
    assert caught.value.error_class is ErrorClass.ADDRESS_REFUSED
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "::1",
        "169.254.169.254",
        "fd00:ec2::254",
        "10.0.0.1",
        "100.64.0.1",
        "::ffff:10.0.0.1",
        "fe80::1%eth0",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
    ],
)
def test_a_name_that_leads_to_a_forbidden_address_is_refused(address: str) -> None:
    guard = Guard(AddressPolicy(), Names(svc_test=[[address]]))
    with pytest.raises(TaskError) as caught:
        guard.addresses("svc.test", 443, frozenset({"svc.test"}), watch())
    assert caught.value.error_class is ErrorClass.ADDRESS_REFUSED
    assert address not in str(caught.value), "inner addresses are not for a tenant to map"


def test_one_forbidden_address_among_good_ones_refuses_the_name() -> None:
    guard = Guard(AddressPolicy(), Names(svc_test=[["93.184.215.14", "10.0.0.1"]]))
    with pytest.raises(TaskError) as caught:
        guard.addresses("svc.test", 443, frozenset({"svc.test"}), watch())
    assert caught.value.error_class is ErrorClass.ADDRESS_REFUSED


def test_public_addresses_are_let_through_in_the_order_they_came() -> None:
    public = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"]
    guard = Guard(AddressPolicy(), Names(svc_test=[public]))
    assert guard.addresses("svc.test", 443, frozenset({"svc.test"}), watch()) == tuple(public)


def test_a_name_is_resolved_once() -> None:
    names = Names(svc_test=[["93.184.215.14"], ["127.0.0.1"]])
    guard = Guard(AddressPolicy(), names)
    assert guard.addresses("svc.test", 443, frozenset({"svc.test"}), watch()) == ("93.184.215.14",)
    assert names.asked == ["svc.test"]


def test_a_host_that_the_workflow_does_not_name_is_not_even_resolved() -> None:
    names = Names(other_test=[["93.184.215.14"]])
    guard = Guard(AddressPolicy(), names)
    with pytest.raises(TaskError) as caught:
        guard.addresses("other.test", 443, frozenset({"svc.test"}), watch())
    assert caught.value.error_class is ErrorClass.ADDRESS_REFUSED
    assert names.asked == []


def test_a_name_without_an_address_is_unavailable() -> None:
    with pytest.raises(TaskError) as caught:
        Guard(AddressPolicy(), Names()).addresses("no.test", 443, frozenset({"no.test"}), watch())
    assert caught.value.error_class is ErrorClass.UNAVAILABLE


def test_a_resolver_that_never_answers_ends_at_the_deadline() -> None:
    stuck = threading.Event()

    def never(host: str, port: int) -> Sequence[str]:
        stuck.wait(30)
        return []

    client = client_for(resolver=never)
    began = time.monotonic()
    with pytest.raises(TaskError) as caught:
        HttpRequest(lambda: client).execute(
            make_call({"url": "https://svc.test/"}, "svc.test", seconds=0.4)
        )
    stuck.set()
    assert caught.value.error_class is ErrorClass.TIMED_OUT
    assert time.monotonic() - began < 2


def test_a_private_range_is_reached_only_where_the_platform_allows_it() -> None:
    policy = AddressPolicy.of(allowed_private=["10.20.0.0/16", "fd12::/16"])
    assert refusal(policy, "10.20.1.1") == ""
    assert refusal(policy, "fd12::1") == ""
    assert refusal(policy, "10.21.1.1") == "a private address"
    assert refusal(policy, "169.254.169.254") == "a cloud's metadata service"


def test_metadata_inside_an_allowed_private_range_stays_refused() -> None:
    policy = AddressPolicy.of(allowed_private=["fc00::/7", "100.64.0.0/10"])
    assert refusal(policy, "fd00:ec2::254") == "a cloud's metadata service"
    assert refusal(policy, "100.100.100.200") == "a cloud's metadata service"


def test_the_platforms_own_services_are_refused_inside_an_allowed_range() -> None:
    policy = AddressPolicy.of(
        allowed_private=["10.0.0.0/8"],
        platform_own=[
            "10.0.0.5:5432",
            "10.1.0.0/24",
            "10.2.0.9",
            "console.example",
            "[fd00::1]:80",
        ],
    )
    assert refusal(policy, "10.0.0.5", 5432) == "one of the platform's own services"
    assert refusal(policy, "10.0.0.5", 443) == ""
    assert refusal(policy, "10.1.0.77") == "one of the platform's own services"
    assert refusal(policy, "10.2.0.9") == "one of the platform's own services"
    with pytest.raises(TaskError):
        Guard(policy).permit("console.example", 443, frozenset({"console.example"}))


def test_the_practice_world_is_opened_by_exact_host_and_port() -> None:
    policy = AddressPolicy.of(practice=["127.0.0.1:8811"])
    assert refusal(policy, "127.0.0.1", 8811, host="127.0.0.1") == ""
    assert refusal(policy, "127.0.0.1", 8812, host="127.0.0.1") == "a loopback address"
    assert refusal(policy, "127.0.0.1", 8811, host="localhost") == "a loopback address"


def test_a_practice_name_opens_no_metadata() -> None:
    policy = AddressPolicy.of(practice=["svc.test:80"])
    assert refusal(policy, "169.254.169.254", 80, host="svc.test") == "a cloud's metadata service"


@pytest.mark.parametrize(
    ("setting", "entry"),
    [
        ("allowed_private", "0.0.0.0/0"),
        ("allowed_private", "127.0.0.0/8"),
        ("allowed_private", "169.254.0.0/16"),
        ("allowed_private", "8.8.8.0/24"),
        ("allowed_private", "ten"),
        ("practice", "127.0.0.1"),
        ("practice", "127.1:80"),
        ("platform_own", "10.0.0.0/33"),
    ],
)
def test_a_setting_that_can_not_be_meant_is_refused_by_name(setting: str, entry: str) -> None:
    with pytest.raises(ValueError, match=entry.replace(".", r"\.")):
        AddressPolicy.of(**{setting: [entry]})


def test_hosts_are_compared_in_their_normal_form() -> None:
    allowed = frozenset({"BÜCHER.example", "Svc.Test:8443", "::1", "[2606:4700::1]:8443"})
    assert is_allowed("xn--bcher-kva.example", 443, allowed)
    assert is_allowed("xn--bcher-kva.example", 80, allowed)
    assert not is_allowed("xn--bcher-kva.example", 8080, allowed)
    assert is_allowed("svc.test", 8443, allowed)
    assert not is_allowed("svc.test", 443, allowed)
    assert is_allowed("2606:4700::1", 8443, allowed)
    assert not is_allowed("sub.svc.test", 8443, allowed)


def test_an_allowed_host_that_can_not_be_read_allows_nothing() -> None:
    assert not is_allowed("127.0.0.1", 80, frozenset({"127.1", "http://127.0.0.1", ""}))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://Svc.Test./a?b=c#d", "https://svc.test/a?b=c"),
        ("HTTP://svc.test:80", "http://svc.test/"),
        ("https://svc.test:8443/", "https://svc.test:8443/"),
        ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
        ("https://[2606:4700:0:0::1]:444/x", "https://[2606:4700::1]:444/x"),
    ],
)
def test_a_url_has_one_normal_form(written: str, meant: str) -> None:
    assert parse_url(written).url == meant


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://user:secret@svc.test/", "user name or password"),
        ("http://svc.test/a b", "a space"),
        ("http://svc.test/\r\nHost: other.test", "a control character"),
        ("http://svc.test/\x7f", "a control character"),
        ("http://svc.test\\@other.test/", "a backslash"),
    ],
)
def test_what_parsers_disagree_about_is_refused_by_its_name(url: str, says: str) -> None:
    with pytest.raises(TaskError, match=says) as caught:
        parse_url(url)
    assert caught.value.error_class is ErrorClass.ADDRESS_REFUSED
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["", None, 7, "svc.test/a", "/a", "https:///a"])
def test_what_is_no_absolute_url_is_invalid_input(url: object) -> None:
    with pytest.raises(TaskError) as caught:
        parse_url(url)
    assert caught.value.error_class is ErrorClass.INVALID_INPUT


@given(st.text(max_size=60))
def test_any_text_is_a_normal_host_or_refused(text: str) -> None:
    try:
        host = normal_host(text)
    except TaskError as error:
        host, refused = "", error.error_class
    else:
        refused = None
    assert refused is ErrorClass.ADDRESS_REFUSED or normal_host(host) == host
    assert host.isascii()


@given(st.text(max_size=60))
def test_any_text_is_a_url_or_a_typed_error(text: str) -> None:
    for url in (text, f"http://{text}", f"http://svc.test/{text}"):
        try:
            target = parse_url(url)
        except TaskError:
            continue
        assert parse_url(target.url) == target


@given(st.ip_addresses(v=6))
def test_no_ipv6_address_outside_global_unicast_is_reached(address: object) -> None:
    if not str(address).startswith(("2", "3", "64:ff9b::")) and literal(str(address)):
        assert refusal(AddressPolicy(), str(address)) != ""


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(connection: object, state: object) -> None:
        """Nobody should come here."""

    with raw_server(refuse) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(TaskError) as caught:
            HttpRequest(lambda: client_for("127.0.0.1:1")).execute(
                make_call({"url": "http://127.0.0.1:1/"}, "127.0.0.1:1")
            )
        assert caught.value.error_class is ErrorClass.UNAVAILABLE
        assert proxy.connections == 0


def refusal(policy: AddressPolicy, address: str, port: int = 443, host: str = "svc.test") -> str:
    found = literal(address)
    assert found is not None
    return policy.refuses(found, host=host, port=port)


def watch() -> Watch:
    return Watch(time.monotonic() + 5, threading.Event())
