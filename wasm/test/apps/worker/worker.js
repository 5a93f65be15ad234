import { serve } from '/package/dist/worker.js';

serve();
