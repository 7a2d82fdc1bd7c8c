#!/bin/sh
# The image's Alertmanager reads its secrets from files: they are written into memory, from the environment.
set -eu
umask 077
cd /run/lakestand
cp /etc/lakestand/* .
printf %s "$SMTP_PASSWORD" >smtp_password
printf %s "$ALERT_TOKEN" >alert_token
printf %s "$RECEIVER_URL/slack/$ALERT_TOKEN" >slack_url
printf %s "$RECEIVER_URL/webhook" >webhook_url
printf %s "$RECEIVER_URL/test" >test_url
unset SMTP_PASSWORD ALERT_TOKEN
exec /bin/alertmanager --config.file=alertmanager.yml --storage.path=/alertmanager --cluster.listen-address= \
  --web.listen-address=0.0.0.0:9093 --web.external-url="$EXTERNAL_URL"
