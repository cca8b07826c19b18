# The image of proofbot, for GitLab and every other CI that runs jobs in containers. What is in it and why: docs/image.md.
# docker build --tag proofbot .       (Docker 23 or later, or buildah: `RUN --mount` is used)

# For the same bytes each time give a digest: --build-arg BASE_IMAGE=docker.io/library/python@sha256:<digest>
ARG BASE_IMAGE=docker.io/library/python:3.13.15-slim-bookworm


FROM ${BASE_IMAGE} AS build

# Requirements of pip, parted by blanks: "dbt-snowflake dbt-postgres". Empty: neither dbt nor an adapter is installed.
ARG ADAPTERS="dbt-duckdb"

# Packages that the pins do not hold for, parted by blanks: what an adapter wants in another version. dbt-snowflake does with
# certifi, whose newest version that fits is the right one for everybody else, too.
ARG UNPINNED="certifi"

ENV PATH=/tools/bin:${PATH} PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python3 -m venv /tools \
 && python3 -m venv --without-pip /opt/proofbot
COPY constraints/current.txt /opt/proofbot/constraints.txt
RUN for name in ${UNPINNED}; do sed -i "/^${name}==/Id" /opt/proofbot/constraints.txt; done

# The secret is a pip.conf that leads to a mirror; it stays out of every layer. Nobody has to give one.
# Without build isolation, because pip would fetch a setuptools of its own choice into it.
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    pip install --quiet --constraint /opt/proofbot/constraints.txt setuptools
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
RUN pip wheel --quiet --no-deps --no-build-isolation --no-index --wheel-dir /wheels .

# All in one call, so that pip finds versions that go together. Bytecode is made apart, because that of pip goes by the times of
# the files, and a registry or a rebuild may change those. Some packages hold templates that are no Python: they go without.
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    echo "${ADAPTERS:+dbt-core }${ADAPTERS}" > /adapters \
 && tr -s '[:space:]' '\n' < /adapters > /adapters.txt \
 && sed -i '/^dbt-postgres/a psycopg[binary]' /adapters.txt \
 && pip --python /opt/proofbot/bin/python install --quiet --no-compile --constraint /opt/proofbot/constraints.txt \
      --requirement /adapters.txt /wheels/*.whl \
 && { python3 -m compileall -q --invalidation-mode unchecked-hash /opt/proofbot/lib || true; }


FROM ${BASE_IMAGE}

# Debian keeps one version of a package per release, so that a pinned one is gone with its first security fix.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git \
 && rm -rf /var/lib/apt/lists/* /var/cache/debconf/* /var/cache/ldconfig/aux-cache /var/log/apt /var/log/dpkg.log

# Git refuses a repository of another user, so that nobody's hooks run as somebody else. In a CI job the checkout is root's, or
# the runner's, and the container has one user and one repository, whose code it is there to run: any owner will do.
# The home is for whoever runs here: with `--user`, and on OpenShift, that is a uid which nobody knows before.
RUN git config --system --add safe.directory '*' \
 && groupadd --gid 10001 proofbot \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /home/proofbot --shell /bin/bash --no-log-init proofbot \
 && install --directory --mode 1777 /home/proofbot

# The bytecode of Python's own modules is not in the base image, and the user here could not write it: each start would make it anew.
RUN python3 -m compileall -q --invalidation-mode unchecked-hash \
      -x '/(site-packages|dist-packages|test|tests|idlelib|tkinter|turtledemo|lib2to3|ensurepip|pydoc_data)/' \
      "$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"

COPY --from=build /opt/proofbot /opt/proofbot

# No bytecode is written into a checkout that is mounted. Lines of the log come at once.
ENV PATH=/opt/proofbot/bin:${PATH} \
    HOME=/home/proofbot \
    LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

ARG REVISION="unknown"
ARG VERSION="unknown"
LABEL org.opencontainers.image.title="proofbot" \
      org.opencontainers.image.description="Builds a dbt project before and after a change, and proves what the change does to the data" \
      org.opencontainers.image.source="https://github.com/proofbot/proofbot" \
      org.opencontainers.image.documentation="https://github.com/proofbot/proofbot/blob/main/docs/image.md" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.version="${VERSION}"

WORKDIR /work
USER 10001:10001
HEALTHCHECK --interval=1m --timeout=30s CMD ["proofbot", "--version"]

# No ENTRYPOINT: the runners of GitLab and others start a shell in the image, and hand it the job's script.
CMD ["proofbot", "--help"]
