FROM python:3.11-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends bubblewrap git libseccomp2 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 1000 selfimprove
WORKDIR /srv/selfimprove
COPY requirements/base.txt requirements/base.txt
RUN pip install --no-cache-dir --require-hashes -r requirements/base.txt
COPY . .
RUN mkdir /data && chown selfimprove /data
USER selfimprove
ENV SELFIMPROVE_NO_VENV=1 SELFIMPROVE_DATA_DIR=/data SELFIMPROVE_WEB__HOST=0.0.0.0 SELFIMPROVE_JSON_LOGS=1
VOLUME /data
EXPOSE 8100
STOPSIGNAL SIGTERM
CMD ["python3", "manage.py", "up"]
