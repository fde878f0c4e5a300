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
      securityContext: { runAsNonRoot: true, runAsUser: 1000 }
      containers:
        - name: {{name}}
          image: {{name}}:0.1.0
          ports:
            - { name: netron, containerPort: 8080 }
            - { name: health, containerPort: 9090 }
          env:
            - { name: SERVICE_NAME, value: {{name}} }
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
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true }
---
apiVersion: v1
kind: Service
metadata:
  name: {{name}}
spec:
  type: LoadBalancer
  selector: { app: {{name}} }
  ports:
    - { name: netron, port: 80, targetPort: netron }
