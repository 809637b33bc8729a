# One image for every role: `docker run … bonafide <command>`.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:20-bookworm-slim
ENV NODE_ENV=production BONAFIDE_HOST=0.0.0.0 BONAFIDE_DATA_DIR=/data
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/schemas/clickhouse schemas/clickhouse
COPY --from=build /app/services/score services/score
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080 9191
ENTRYPOINT ["node", "dist/services/bonafide/main.js"]
CMD ["serve"]
