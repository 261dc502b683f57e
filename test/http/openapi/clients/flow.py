# A program in Python that uses the service with what openapi-python-client makes of its description.
import json
import sys

from made.api.redemptions import redeem
from made.api.tokens import mint
from made.client import AuthenticatedClient
from made.models import MintFileDownload, MintFileDownloadClaims, Problem, RedeemRequest

url, key = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=key)
order = MintFileDownload.from_dict(
    {"purpose": "file-download", "subject": "user-42", "claims": {"key": "a.txt"}, "uses": 1}
)
assert isinstance(order.claims, MintFileDownloadClaims)
minted = mint.sync(client=client, body=order)
wanted = RedeemRequest.from_dict({"token": minted.token, "purpose": "file-download", "hold": 30})
first = redeem.sync(client=client, body=wanted)
second = redeem.sync(client=client, body=wanted)
assert isinstance(second, Problem)
print(json.dumps({"state": first.state, "claims": first.claims.to_dict(), "refused": second.code}))
