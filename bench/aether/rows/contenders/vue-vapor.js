import { createVaporApp } from 'vue';
import Rows from './Rows.vue';

createVaporApp(Rows).mount('#app');
