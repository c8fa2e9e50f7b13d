// The desk's entrance.

import { render } from 'preact';
import { App } from './App.tsx';
import './styles/base.css';
import './styles/floating.css';
import './styles/layout.css';
import './styles/list.css';
import './styles/filters.css';
import './styles/labels.css';
import './styles/thread.css';
import './styles/composer.css';
import './styles/notes.css';
import './styles/templates.css';
import './styles/canned.css';
import './styles/draft.css';
import './styles/uploads.css';
import './styles/people.css';
import './styles/settings.css';
import './styles/team.css';
import './styles/contact.css';

const root = document.getElementById('app');
if (root) render(<App />, root);
