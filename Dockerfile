# The package as anybody installs it, built from this folder.
FROM node:26.10.0-bookworm-slim AS package
WORKDIR /build
COPY . .
# Without install scripts: the image brings its own Node, and every binary is inside a package.
RUN npm ci --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/node node_modules/.bin/node \
  && npm pack \
  && mkdir /app \
  && tar -xzf watchdesk-*.tgz -C /app --strip-components=1 \
  && cp package-lock.json /app/
WORKDIR /app
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/node node_modules/.bin/node \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' \) -delete

FROM node:26.10.0-bookworm-slim
ENV NODE_ENV=production WATCHDESK_LOG=json
WORKDIR /app
COPY --from=package /app ./
COPY config ./config
RUN mkdir data && chown node:node data
USER node
VOLUME /app/data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/readyz').then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/src/main.js", "run"]
