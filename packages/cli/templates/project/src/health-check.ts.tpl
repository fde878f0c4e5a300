import '@omnitron-dev/titan/health-check';
