# An image of any function, for Lambda or for any container platform (docs/kubernetes.yaml). It only copies what
# `modelet build` made: no network, no pip.
#   docker build --build-arg FUNCTION=embed .
# BASE can be pinned: --build-arg BASE=public.ecr.aws/lambda/python:3.13@sha256:...
ARG BASE=public.ecr.aws/lambda/python:3.13
FROM ${BASE}
ARG FUNCTION
ARG ARCH=x86_64
COPY dist/${ARCH}/layer/python dist/${ARCH}/server/python /opt/python/
COPY ["dist/${ARCH}/functions/${FUNCTION:?is missing: give --build-arg FUNCTION=embed}", "/var/task/"]
# Lambda's runtime adds both folders itself, in this order; other commands need to be told.
ENV PYTHONPATH=/var/task:/opt/python HANDLER=functions.${FUNCTION}.api.handler
# The base image wants the handler as its argument: another than HTTP's is given as the command.
ENTRYPOINT ["/bin/sh", "-c", "exec /lambda-entrypoint.sh \"${1:-$HANDLER}\"", "lambda"]
