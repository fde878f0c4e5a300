apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{name}}
spec:
  replicas: 3
  selector:
    matchLabels: { app: {{name}} }
  template:
    metadata:
      labels: { app: {{name}} }
    spec:
      terminationGracePeriodSeconds: 30
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: RuntimeDefault } }
      containers:
        - name: {{name}}
          image: {{name}}:0.1.0
          ports:
            - { name: netron, containerPort: 8080 }
            - { name: health, containerPort: 9090 }
          env:
            - { name: SERVICE_NAME, value: {{name}} }
            # Proxies in a row: the Ingress or the Gateway. With an HTTP load balancer in front of it, 2.
            - { name: TRUST_PROXY, value: "1" }
            # Services still send requests for a while after a pod has begun to stop.
            - { name: DRAIN_DELAY, value: "5000" }
            {{#redis}}
            - { name: REDIS_URL, value: "redis://redis:6379" }
            - { name: DISCOVERY_ENABLED, value: "true" }
            {{/redis}}
            {{#noRedis}}
            - { name: DISCOVERY_ENABLED, value: "false" }
            {{/noRedis}}
            - name: AUTH_SECRET
              valueFrom: { secretKeyRef: { name: {{name}}, key: auth-secret } }
          livenessProbe:
            httpGet: { path: /health, port: health }
            periodSeconds: 10
          readinessProbe:
            httpGet: { path: /ready, port: health }
            periodSeconds: 5
          resources:
            requests: { cpu: 100m, memory: 128Mi }
            limits: { memory: 512Mi }
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: [ALL] } }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{name}}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: { app: {{name}} }
---
# Internal to the cluster. Callers send tokens, so the Ingress or Gateway in front terminates TLS and names clients in X-Forwarded-For.
apiVersion: v1
kind: Service
metadata:
  name: {{name}}
spec:
  selector: { app: {{name}} }
  ports:
    - { name: netron, port: 80, targetPort: netron }
