// The sandbox phone's entrance.

import { render } from 'preact';
import { Phone } from './Phone.tsx';
import '../src/styles/base.css';
import './phone.css';

const root = document.getElementById('app');
if (root) render(<Phone />, root);
