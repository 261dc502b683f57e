#!/bin/sh
# Makes what deploy/compose.yaml needs and no repository may hold, and changes nothing that is there: the password of
# Redis's user and what Redis knows of it, and the key of one caller. Needs openssl and sha256sum.
#
#   deploy/compose/secrets.sh [FOLDER]    FOLDER is where compose.yaml is; this one's parent by default
set -eu
umask 077
folder=$(cd "${1:-$(dirname "$0")/..}" && pwd)
secrets=$folder/compose/secrets
mkdir -p "$secrets"
digest() { sha256sum "$1" | cut -d ' ' -f 1; }

if [ ! -e "$secrets/redis-password" ]; then
  openssl rand -hex 32 | tr -d '\n' > "$secrets/redis-password"
  # The user of docs/redis.md, and no other can log in. The default user keeps its rights all the same: Redis replays the
  # append-only file as that user, and would leave out what it may not do.
  {
    echo 'user default off ~* &* +@all'
    echo "user matchstick on #$(digest "$secrets/redis-password") ~matchstick:* resetchannels -@all +eval +evalsha +info +time +get +set +pttl +pexpire +hget +hmget +hset +hdel +hlen +hkeys +expireat +unlink +xadd +xlen +xrange +xrevrange +config|get"
  } > "$secrets/redis.acl"
  # The users in the containers read them. Nobody else on this machine gets past the folder.
  chmod 444 "$secrets/redis-password" "$secrets/redis.acl"
fi

if [ ! -e "$secrets/main-app-key" ]; then
  printf 'ms_main-app_%s' "$(openssl rand 32 | base64 | tr '+/' '-_' | tr -d '=\n')" > "$secrets/main-app-key"
  echo "MAIN_APP_KEY_SHA256=$(digest "$secrets/main-app-key")" > "$folder/.env"
fi
echo "Your application's MATCHSTICK_KEY is in $secrets/main-app-key"
