"""Serves an S3 with one bucket and one key for a test, and looks into it with AWS's own client.

It says in a line of JSON where it is. Then it answers each line that it reads, a JSON list of a word and what
that needs, with another; it ends with its input.
"""

import json
import os
import sys

# What sets the key up below needs none; all that comes later is signed, and that is checked.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "3"

import boto3  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

BUCKET, REGION = "tandem-files", "eu-central-1"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
}


def say(what):
    print(json.dumps(what), flush=True)


def main():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"

    def client(service, key_id, key):
        return boto3.client(
            service,
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id=key_id,
            aws_secret_access_key=key,
        )

    iam = client("iam", "nobody", "nothing")
    iam.create_user(UserName="tandem")
    made = iam.create_access_key(UserName="tandem")["AccessKey"]
    iam.put_user_policy(UserName="tandem", PolicyName="files", PolicyDocument=json.dumps(POLICY))
    key_id, key = made["AccessKeyId"], made["SecretAccessKey"]
    s3 = client("s3", key_id, key)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    say({"address": f"{host}:{port}", "bucket": BUCKET, "region": REGION, "id": key_id, "key": key})

    for line in sys.stdin:
        match json.loads(line):
            case ["objects"]:
                found = s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
                # The ETag of what came in parts ends with their number.
                say([[it["Key"], it["Size"], it["ETag"].strip('"')] for it in found])
            case ["unfinished"]:
                say(len(s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])))
            case ["put", name]:
                s3.put_object(Bucket=BUCKET, Key=name, Body=b"by somebody else")
                say(None)
            case other:
                raise ValueError(f"what is {other}?")


main()
