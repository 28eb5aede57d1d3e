#!/bin/sh
# A pipeline's step: sign in, wait for the machine under test, run the tests on it, keep their output, check the audit.
# Expects RSCTL_SERVER, RSCTL_FINGERPRINT and RSCTL_ORG_FINGERPRINT (what `relayd init` printed), CI_EMAIL,
# CI_PASSWORD_FILE, and the agent's name as the first argument; the test script is the second.
set -eu

agent=$1
tests=$2
export RSCTL_CONFIG_DIR="${RSCTL_CONFIG_DIR:-$(mktemp -d)}"

rsctl login --email "$CI_EMAIL" --password-stdin --quiet <"$CI_PASSWORD_FILE" >/dev/null
rsctl wait "$agent" --for online --timeout 5m -o name >/dev/null

# 124: the tests ran too long; 125: rsctl itself failed (its JSON error says why); anything else is the tests' own.
status=0
rsctl exec "$agent" --no-stdin --limit 20m --script "$tests" --json >result.json 2>error.json || status=$?
case $status in
  0) echo "passed" ;;
  124) echo "ran longer than 20 minutes" ;;
  125) echo "could not run:"; cat error.json ;;
  *) echo "failed with exit code $status" ;;
esac

rsctl audit verify -o json >audit.json
exit "$status"
